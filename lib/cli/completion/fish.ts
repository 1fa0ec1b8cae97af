import { type Place, quote } from './places.js';

/** The script of fish. */
export function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap(({ words, verbs, options, arguments: names }) => {
    const when = `__ipvs_at ${quote(words)}`;
    const condition = `complete -c ipvs -n ${quote(when)}`;
    const ids = names
      .slice(0, 2)
      .filter((name) => name !== 'other')
      .map((name) => `${condition} -f -a ${quote(`(__ipvs_${name}s ${quote(words)})`)}`);
    return [
      ...verbs.map(
        ({ word, description }) => `${condition} -f -a ${word} -d ${quote(description)}`,
      ),
      ...options.map(({ word, description, takesValue, choices }) => {
        const values = choices.length > 0 ? ` -f -a ${quote(choices.join(' '))}` : '';
        const value = takesValue ? ` -r${values}` : '';
        return `${condition} -l ${word.slice(2)} -d ${quote(description)}${value}`;
      }),
      ...ids,
    ];
  });
  const known = places
    .slice(1)
    .map(({ words }) => quote(words))
    .join(' ');
  return `# Completes ipvs in fish. Made by "ipvs completion fish".
function __ipvs_given
    set -l at ipvs
    set -l given
    for word in (commandline -opc)[2..]
        if contains -- "$at $word" ${known}
            set at "$at $word"
        else if not string match -q -- '-*' $word
            set -a given $word
        end
    end
    echo $at
    printf '%s\\n' $given
end
function __ipvs_at
    test (__ipvs_given)[1] = $argv[1]
end
function __ipvs_services
    test (count (__ipvs_given)) -le 2; and ipvs list --ids 2> /dev/null
end
function __ipvs_destinations
    set -l given (__ipvs_given)
    test (count $given) -eq 2; and test -n "$given[2]"; and ipvs list --ids $given[2] 2> /dev/null
end
${lines.join('\n')}
`;
}

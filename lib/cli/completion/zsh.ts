import { type Candidate, choiceLines, inner, type Place, quote } from './places.js';

/** The script of zsh. */
export function zshScript(places: readonly Place[]): string {
  const described = ({ word, description }: Candidate) =>
    quote(`${word.replaceAll(':', '\\:')}:${description}`);
  const cases = places.map(({ words, verbs, options, arguments: names }) => {
    const candidates = [...verbs, ...options].map(described).join(' ');
    const first = names[0] === 'service' ? ' services=1' : '';
    const second = names[1] === 'destination' ? ' destinations=1' : '';
    return `    (${quote(words)}) candidates=(${candidates})${first}${second} ;;`;
  });
  return `#compdef ipvs
# Completes ipvs in zsh. Made by "ipvs completion zsh".
_ipvs() {
  local at=ipvs word services destinations
  local -a candidates given ids
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
    (${inner(places)}) at="$at $word" ;;
    (*) [[ $word == -* ]] || given+=("$word") ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
  case "$at $words[CURRENT-1]" in
${choiceLines(places, (choices) => `candidates=(${choices}) services= destinations=`)
  .join('\n')
  .replaceAll("    '", "    ('")}
    (*)
      if [[ -n $services && $#given -eq 0 ]]; then
        ids=(\${(f)"$(ipvs list --ids 2> /dev/null)"})
      elif [[ -n $destinations && $#given -eq 1 ]]; then
        ids=(\${(f)"$(ipvs list --ids "$given[1]" 2> /dev/null)"})
      fi ;;
  esac
  (( $#ids )) && compadd -a ids
  (( $#candidates )) && _describe ipvs candidates
  (( $#ids + $#candidates )) || _files
}
if [[ $funcstack[1] == _ipvs ]]; then
  _ipvs "$@"
else
  compdef _ipvs ipvs
fi
`;
}

import { choiceLines, inner, type Place, quote } from './places.js';

/** The script of bash. */
export function bashScript(places: readonly Place[]): string {
  const cases = places.map(({ words, verbs, options, arguments: names }) => {
    const candidates = [...verbs, ...options].map(({ word }) => word).join(' ');
    const first = names[0] === 'service' ? ' services=1' : '';
    const second = names[1] === 'destination' ? ' destinations=1' : '';
    return `    ${quote(words)}) candidates=${quote(candidates)}${first}${second} ;;`;
  });
  return `# Completes ipvs in bash. Made by "ipvs completion bash".
_ipvs() {
  local current previous at=ipvs word candidates='' services='' destinations='' IFS=$' \\t\\n'
  local -a words given=()
  # A service has colons in it, which bash takes for words of their own.
  if declare -F _get_comp_words_by_ref > /dev/null; then
    local cword
    _get_comp_words_by_ref -n : -c current -w words -i cword
  else
    words=("\${COMP_WORDS[@]:0:COMP_CWORD+1}")
    current=\${COMP_WORDS[COMP_CWORD]}
    local cword=$COMP_CWORD
  fi
  previous=\${words[cword-1]}
  for word in "\${words[@]:1:cword-1}"; do
    case "$at $word" in
    ${inner(places)}) at="$at $word" ;;
    *) [[ $word == -* ]] || given+=("$word") ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
  case "$at $previous" in
${choiceLines(places, (choices) => `candidates=${quote(choices)} services='' destinations=''`).join('\n')}
  *)
    if [[ $services && \${#given[@]} -eq 0 ]]; then
      candidates+=" $(ipvs list --ids 2> /dev/null)"
    elif [[ $destinations && \${#given[@]} -eq 1 ]]; then
      candidates+=" $(ipvs list --ids "\${given[0]}" 2> /dev/null)"
    fi ;;
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
  if declare -F __ltrim_colon_completions > /dev/null; then
    __ltrim_colon_completions "$current"
  fi
}
complete -o default -F _ipvs ipvs
`;
}

import type { ParseRulesOptions, Rule } from '../../types/rules.js';
import { CommandLineError } from './command-line-error.js';
import { readCommandLine } from './read-command-line.js';
import { type RulePlace, RuleSyntaxError } from './rule-syntax-error.js';
import { splitWords, type Word } from './words.js';

const ruleExpected =
  'a rule: -A, -E, -D, -a, -e, -d, -C, -Z, --set, --start-daemon or --stop-daemon';

/**
 * Reads rules as `ipvsadm -S` of any version writes them, and as `ipvsadm -R` takes them: a command line of `ipvsadm` in each
 * line, with or without the word `ipvsadm` before it. Empty lines and what follows a `#` are passed over; there is no quoting.
 * Nothing is checked but what a command line by itself must be; `normalize` checks what the rules come to.
 *
 * Also read is what `ipvsadm` writes and does not read back: marks from 2147483648 that came out negative, `-b` without a flag,
 * `pe NAME` and `ops` without dashes.
 *
 * Throws {@link RuleSyntaxError} for the first line that cannot be read.
 */
export function parseRules(text: string, options: ParseRulesOptions = {}): Rule[] {
  const rules: Rule[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const source = line.endsWith('\r') ? line.slice(0, -1) : line;
    const words = splitWords(source);
    if (words[0]?.text === 'ipvsadm') words.shift();
    if (words.length > 0) rules.push(parseRule(source, index + 1, words, options));
  }
  return rules;
}

function parseRule(
  source: string,
  line: number,
  words: readonly Word[],
  { names = {} }: ParseRulesOptions,
): Rule {
  const texts = words.map(({ text }) => text);
  try {
    const read = readCommandLine(texts, { names, lenient: true });
    if (read.kind === 'command') return { ...read.command, line };
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    const place = placeOf(error, source, line, words);
    const isStart = error.status === 255 && place.column === words[0]?.column;
    const reason = isStart ? 'no rule' : error.message.trimEnd();
    throw new RuleSyntaxError(place, reason, isStart ? ruleExpected : error.expected);
  }
  const { column = 1, text = '' } = words[0] ?? {};
  const place = { line, column, length: text.length, source };
  throw new RuleSyntaxError(place, 'no rule', ruleExpected);
}

/** Where an error is; where something is missing, at the end of the line. */
function placeOf(
  { place }: CommandLineError,
  source: string,
  line: number,
  words: readonly Word[],
): RulePlace {
  const word = place === undefined ? undefined : words[place.word];
  if (place === undefined || word === undefined) {
    const last = words.at(-1);
    const column = last === undefined ? 1 : last.column + last.text.length;
    return { line, column, length: 0, source };
  }
  const length = place.end - place.start;
  return { line, column: word.column + place.start, length, source };
}

import { showValue } from '../model/show-value.js';

/** Where something stands in a line of rules; columns are counted from 1. */
export interface RulePlace {
  /** The number of the line, from 1. */
  readonly line: number;
  readonly column: number;
  /** How many characters it has, at least 1. */
  readonly length: number;
  /** The whole line. */
  readonly source: string;
}

/** A line of rules cannot be read; nothing has been done. */
export class RuleSyntaxError extends Error {
  override readonly name = 'RuleSyntaxError';
  readonly code = 'ERR_IPVS_RULE_SYNTAX';
  /** The number of the line, from 1. */
  readonly line: number;
  /** The column of the first character that is wrong, from 1. */
  readonly column: number;
  /** What stands there; empty at the end of the line. */
  readonly text: string;
  /** The whole line. */
  readonly source: string;
  /** What would have been right: `a whole number from 0 to 255`. */
  readonly expected: string;
  /** The message without its place. */
  readonly problem: string;

  /** The message shows the line with the place underlined. */
  constructor({ line, column, length, source }: RulePlace, reason: string, expected: string) {
    const text = source.slice(column - 1, column - 1 + length);
    const found = text === '' ? 'the end of the line' : showValue(text);
    const problem = `${reason}: expected ${expected}, got ${found}`;
    const head = `line ${line}, column ${column}: ${problem}`;
    super([head, ...underline(source, column, text.length)].join('\n'));
    this.line = line;
    this.column = column;
    this.text = text;
    this.source = source;
    this.expected = expected;
    this.problem = problem;
  }
}

/** Characters of a line that are shown on either side of where something is wrong. */
const around = 100;

/**
 * A line and, under it, marks under a part of it; behind bars, so that they stay one under the other. Of a long line
 * only what is near.
 */
function underline(source: string, column: number, length: number): string[] {
  const place = column - 1;
  const from = Math.max(0, place - around);
  const to = Math.min(source.length, place + around);
  const before = (from > 0 ? '…' : '') + source.slice(from, place);
  const behind = source.slice(place, to) + (to < source.length ? '…' : '');
  // Where there is a tab above, there has to be one below.
  const indent = before.replaceAll(/[^\t]/g, ' ');
  const marks = '^'.repeat(Math.max(1, Math.min(length, to - place)));
  return [`| ${before}${behind}`, `| ${indent}${marks}`];
}

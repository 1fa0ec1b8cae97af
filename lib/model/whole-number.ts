import type { ErrorCode } from '../../types/issue.js';
import type { Report } from './report.js';

/** The value if it is a whole number in the range, with -0 as 0; never made from text, bigint or boolean. */
export function parseWholeNumber(
  value: unknown,
  lowest: number,
  highest: number,
): number | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  return value >= lowest && value <= highest ? value + 0 : undefined;
}

/** A field that holds a whole number. */
export interface NumberField {
  /** Where it stands in what is checked: `weight`, `tunnel/port`. */
  readonly at: string;
  readonly lowest: number;
  readonly highest: number;
  /** What is reported for anything else. */
  readonly code: ErrorCode;
}

/** Checks that field of what stands at `path`. */
export function checkNumber(
  value: unknown,
  field: NumberField,
  report: Report,
  path: string,
): number | undefined {
  const { at, lowest, highest, code } = field;
  const number = parseWholeNumber(value, lowest, highest);
  if (number !== undefined) return number;
  return report.error(code, `${path}/${at}`, value, describeWholeNumber(lowest, highest));
}

/** The words of an error message for a range. */
export function describeWholeNumber(lowest: number, highest: number): string {
  return `a whole number from ${lowest} to ${highest}`;
}

/**
 * The decimal number that is the whole of the text from `start` to `end`, at most `highest`; `undefined` for signs,
 * blanks, leading zeros and empty text. Numbers have one spelling, so that ids do.
 */
export function parseDecimal(
  text: string,
  start: number,
  end: number,
  highest: number,
): number | undefined {
  if (start >= end || (text.charCodeAt(start) === 48 && end - start > 1)) return undefined;
  let number = 0;
  for (let index = start; index < end; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    number = number * 10 + digit;
    if (number > highest) return undefined;
  }
  return number;
}

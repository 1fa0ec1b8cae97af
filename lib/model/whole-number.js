/** The value if it is a whole number in the range, with -0 as 0; never made from text, bigint or boolean. */
export function parseWholeNumber(value, lowest, highest) {
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  return value >= lowest && value <= highest ? value + 0 : undefined;
}
/** Checks that field of what stands at `path`. */
export function checkNumber(value, field, report, path) {
  const { at, lowest, highest, code } = field;
  const number = parseWholeNumber(value, lowest, highest);
  if (number !== undefined) return number;
  return report.error(code, `${path}/${at}`, value, describeWholeNumber(lowest, highest));
}
/** The words of an error message for a range. */
export function describeWholeNumber(lowest, highest) {
  return `a whole number from ${lowest} to ${highest}`;
}
/**
 * The decimal number that is the whole of the text from `start` to `end`, at most `highest`; `undefined` for signs,
 * blanks, leading zeros and empty text. Numbers have one spelling, so that ids do.
 */
export function parseDecimal(text, start, end, highest) {
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

import { InvalidValueError } from './invalid-value-error.js';
import { parseDecimal } from './whole-number.js';
/** Makes the two directions of a table. `highest` is the greatest number the kernel can hold. */
export function defineWords(numbers, prefix, highest) {
  const toNumber = new Map(Object.entries(numbers));
  const toWord = new Map();
  for (const word of Object.keys(numbers)) toWord.set(numbers[word], word);
  const start = `${prefix}-`;
  const parse = (word) => {
    const number = toNumber.get(word);
    if (number !== undefined || !word.startsWith(start)) return number;
    return parseDecimal(word, start.length, word.length, highest);
  };
  return {
    wordFor: (number) => toWord.get(number) ?? `${prefix}-${number}`,
    parse,
    numberFor(word) {
      const number = parse(word);
      if (number !== undefined) return number;
      const expected = `${[...toNumber.keys()].join(', ')} or ${start}<number up to ${highest}>`;
      throw new InvalidValueError('', word, expected);
    },
  };
}

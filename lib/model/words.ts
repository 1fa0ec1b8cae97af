import { InvalidValueError } from './invalid-value-error.js';
import { parseDecimal } from './whole-number.js';

/** Words for the kernel's numbers: its own for those that have a name, `method-5` for the others. */
export interface Words<Word extends string, Prefix extends string> {
  /** The word for any number. */
  wordFor(number: number): Word | `${Prefix}-${number}`;
  /** The number of a word in its exact spelling, if it is one. */
  parse(word: string): number | undefined;
  /** The number of a word; throws {@link InvalidValueError} for what only the type system takes for one. */
  numberFor(word: Word | `${Prefix}-${number}`): number;
}

/** Makes the two directions of a table. `highest` is the greatest number the kernel can hold. */
export function defineWords<Word extends string, Prefix extends string>(
  numbers: Readonly<Record<Word, number>>,
  prefix: Prefix,
  highest: number,
): Words<Word, Prefix> {
  const toNumber = new Map<string, number>(Object.entries(numbers));
  const toWord = new Map<number, Word>();
  for (const word of Object.keys(numbers) as Word[]) toWord.set(numbers[word], word);
  const start = `${prefix}-`;
  // Of many that are written, nearly all have the same word.
  let last: { readonly word: string; readonly number: number } | undefined;

  const parse = (word: string): number | undefined => {
    const number = toNumber.get(word);
    if (number !== undefined || !word.startsWith(start)) return number;
    return parseDecimal(word, start.length, word.length, highest);
  };
  return {
    wordFor: (number) => toWord.get(number) ?? `${prefix}-${number}`,
    parse,
    numberFor(word) {
      if (word === last?.word) return last.number;
      const number = parse(word);
      if (number !== undefined) {
        last = { word, number };
        return number;
      }
      const expected = `${[...toNumber.keys()].join(', ')} or ${start}<number up to ${highest}>`;
      throw new InvalidValueError('', word, expected);
    },
  };
}

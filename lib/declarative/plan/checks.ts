import { isObject } from '../../model/fields.js';
import { InvalidValueError } from '../../model/invalid-value-error.js';

/** The fields of an object that nobody has looked at. */
export interface Fields {
  readonly [name: string]: unknown;
}

/** Throws `InvalidValueError` unless it holds. */
export function expect(
  holds: boolean,
  path: string,
  value: unknown,
  expected: string,
): asserts holds {
  if (!holds) throw new InvalidValueError(path, value, expected);
}

export function checkObject(value: unknown, path: string, expected = 'an object'): Fields {
  expect(isObject(value), path, value, expected);
  return value as Fields;
}

export function checkText(value: unknown, path: string): string {
  expect(typeof value === 'string', path, value, 'a text');
  return value;
}

export function checkBoolean(value: unknown, path: string): boolean {
  expect(typeof value === 'boolean', path, value, 'true or false');
  return value;
}

/** A time or a length of time, in milliseconds. */
export function checkTime(value: unknown, path: string): number {
  expect(Number.isFinite(value) && (value as number) >= 0, path, value, 'milliseconds from 0');
  return value as number;
}

export function checkCount(value: unknown, path: string): number {
  expect(
    Number.isSafeInteger(value) && (value as number) >= 0,
    path,
    value,
    'a whole number from 0',
  );
  return value as number;
}

export function checkWord<Word extends string>(
  value: unknown,
  words: readonly Word[],
  path: string,
): Word {
  expect(words.includes(value as Word), path, value, words.join(', '));
  return value as Word;
}

/** Checks each item of an array. */
export function checkList<Item>(
  value: unknown,
  path: string,
  check: (item: unknown, path: string) => Item,
): Item[] {
  expect(Array.isArray(value), path, value, 'an array');
  return Array.from(value, (item: unknown, index) => check(item, `${path}[${index}]`));
}

/** The fields whose checks found something, so that what is absent stays so. */
export function presentFields<Named extends object>(
  fields: { readonly [Name in keyof Named]: Named[Name] | undefined },
): Named {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Named;
}

/** Checks a field that may be absent. */
export function optionally<Value>(
  value: unknown,
  path: string,
  check: (value: unknown, path: string) => Value,
): Value | undefined {
  return value === undefined ? undefined : check(value, path);
}

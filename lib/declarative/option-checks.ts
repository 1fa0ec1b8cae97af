import { expect } from './plan/checks.js';

/** Checks an option that is one of some values, where it is given. */
export function checkChoice(path: string, value: unknown, choices: readonly unknown[]): void {
  expect(value === undefined || choices.includes(value), path, value, choices.join(' or '));
}

/** Checks an option that is a whole number, where it is given. */
export function checkWholeNumber(path: string, value: unknown, lowest: number): void {
  const isWhole = Number.isSafeInteger(value) && (value as number) >= lowest;
  expect(value === undefined || isWhole, path, value, `a whole number from ${lowest}`);
}

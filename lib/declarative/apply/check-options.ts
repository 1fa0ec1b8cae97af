import type { ApplyOptions } from '../../../types/apply.js';
import { InvalidValueError } from '../../model/invalid-value-error.js';

/** Checks what decides how a plan is carried out; a misspelled word must not mean the default. */
export function checkApplyOptions(options: ApplyOptions): void {
  const { onError, stale, wait, dryRun, maxRounds, signal } = options;
  checkWord('onError', onError, ['continue', 'stop', 'rollback']);
  checkWord('stale', stale, ['replan', 'fail', 'force']);
  checkWord('wait', wait, [true, false]);
  checkWord('dryRun', dryRun, [true, false]);
  checkNumber('maxRounds', maxRounds, 1);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidValueError('options.signal', signal, 'an AbortSignal');
  }
}

/** Checks an option that is one of some words. */
export function checkWord(name: string, value: unknown, words: readonly unknown[]): void {
  if (value === undefined || words.includes(value)) return;
  throw new InvalidValueError(`options.${name}`, value, words.join(' or '));
}

/** Checks an option that is a whole number. */
export function checkNumber(name: string, value: unknown, lowest: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= lowest)) return;
  throw new InvalidValueError(`options.${name}`, value, `a whole number from ${lowest}`);
}

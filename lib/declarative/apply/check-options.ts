import type { ApplyOptions } from '../../../types/apply.js';
import { InvalidValueError } from '../../model/invalid-value-error.js';
import { checkChoice, checkWholeNumber } from '../option-checks.js';

/** Checks what decides how a plan is carried out; a misspelled word must not mean the default. */
export function checkApplyOptions(options: ApplyOptions): void {
  const { onError, stale, wait, dryRun, maxRounds, signal } = options;
  checkChoice('options.onError', onError, ['continue', 'stop', 'rollback']);
  checkChoice('options.stale', stale, ['replan', 'fail', 'force']);
  checkChoice('options.wait', wait, [true, false]);
  checkChoice('options.dryRun', dryRun, [true, false]);
  checkWholeNumber('options.maxRounds', maxRounds, 1);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidValueError('options.signal', signal, 'an AbortSignal');
  }
}

import type { ReconcilerOptions } from '../../../types/reconciler.js';
import { checkChoice, checkWholeNumber } from '../option-checks.js';

/** Checks what decides when and how a reconciler works. */
export function checkReconcilerOptions(options: ReconcilerOptions): void {
  const { resyncInterval, minInterval, debounce, maxRounds, onStop, onError } = options;
  checkWholeNumber('options.resyncInterval', resyncInterval, 1);
  checkWholeNumber('options.minInterval', minInterval, 0);
  checkWholeNumber('options.debounce', debounce, 0);
  checkWholeNumber('options.maxRounds', maxRounds, 1);
  checkChoice('options.onStop', onStop, ['keep', 'quiesce', 'remove']);
  checkChoice('options.onError', onError, ['continue', 'stop', 'rollback']);
}

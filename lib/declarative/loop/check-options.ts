import type { ReconcilerOptions } from '../../../types/reconciler.js';
import { checkNumber, checkWord } from '../apply/check-options.js';

/** Checks what decides when and how a reconciler works. */
export function checkReconcilerOptions(options: ReconcilerOptions): void {
  const { resyncInterval, minInterval, debounce, maxRounds, onStop, onError } = options;
  checkNumber('resyncInterval', resyncInterval, 1);
  checkNumber('minInterval', minInterval, 0);
  checkNumber('debounce', debounce, 0);
  checkNumber('maxRounds', maxRounds, 1);
  checkWord('onStop', onStop, ['keep', 'quiesce', 'remove']);
  checkWord('onError', onError, ['continue', 'stop', 'rollback']);
}

import type { DiffOptions, HealthView, PlanOptions, Scope } from '../../../types/plan.js';
import { InvalidValueError } from '../../model/invalid-value-error.js';
import { checkPlanOptions } from '../plan/options.js';
import { checkScope } from '../scope.js';

/** Options of `diff` that have been checked, which takes long where a record has many services. */
export interface CheckedOptions {
  readonly scope: Scope;
  /** Those that a plan keeps. */
  readonly kept: PlanOptions;
  readonly now?: number | undefined;
  readonly health?: HealthView | undefined;
}

/** Checks and completes the options of `diff`. Throws `InvalidValueError`. */
export function checkDiffOptions(options: DiffOptions): CheckedOptions {
  const kept = checkPlanOptions(options);
  const { scope = { mode: 'declared' }, now, health } = options;
  if (now !== undefined && !Number.isFinite(now)) {
    throw new InvalidValueError('now', now, 'milliseconds since 1970');
  }
  if (health !== undefined && typeof health?.effective !== 'function') {
    throw new InvalidValueError('health', health, 'an object with a method "effective"');
  }
  checkScope(scope);
  return { scope, kept, now, health };
}

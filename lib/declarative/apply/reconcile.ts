import type { ApplyOptions, ApplyReport } from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type { DesiredState } from '../../../types/document.js';
import type { DiffOptions } from '../../../types/plan.js';
import { diffSteps } from '../diff/diff.js';
import { inSlices } from '../in-slices.js';
import { readState } from '../read-state.js';
import { systemClock } from '../system-clock.js';
import { apply } from './apply.js';

/** How `reconcile` plans, and carries the plan out. */
export interface ReconcileOptions
  extends Omit<DiffOptions, 'now'>,
    Omit<ApplyOptions, 'stale' | 'onOperation'>,
    Pick<ApplyOptions, 'onOperation'> {}

/**
 * Makes of what is there what should be there: reads, plans and carries the plan out. Resolves and rejects as `apply`
 * does.
 */
export async function reconcile(
  backend: Backend,
  desired: DesiredState,
  options: ReconcileOptions = {},
): Promise<ApplyReport> {
  const { signal, clock = systemClock, drainStore, health } = options;
  const actual = await readState(backend, { desired, ...(signal === undefined ? {} : { signal }) });
  const drains = options.drains ?? (await drainStore?.load());
  const plan = await inSlices(
    diffSteps(desired, actual, {
      ...diffOptions(options),
      now: clock.now(),
      ...(drains === undefined ? {} : { drains }),
    }),
  );
  return apply(backend, plan, { ...options, stale: 'force' }, { health });
}

/** Those of the options that a plan is made with. */
function diffOptions(options: ReconcileOptions): DiffOptions {
  const {
    onError: _onError,
    wait: _wait,
    dryRun: _dryRun,
    maxRounds: _maxRounds,
    signal: _signal,
    onOperation: _onOperation,
    drainStore: _drainStore,
    clock: _clock,
    ...rest
  } = options;
  return rest;
}

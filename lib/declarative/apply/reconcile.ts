import type { ApplyOptions, ApplyReport } from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type { DesiredState } from '../../../types/document.js';
import type { DiffOptions } from '../../../types/plan.js';
import { diffSteps } from '../diff/diff.js';
import { runInSlices } from '../document/steps.js';
import { readState } from '../read-state.js';
import { systemClock } from '../system-clock.js';
import { Application } from './application.js';
import { checkApplyOptions } from './check-options.js';
import { reading } from './reading.js';

/** How `reconcile` plans, and carries the plan out. */
export interface ReconcileOptions extends Omit<DiffOptions, 'now'>, Omit<ApplyOptions, 'stale'> {}

/**
 * Makes of what is there what should be there: reads, plans and carries the plan out. Resolves and rejects as `apply`
 * does; with the signal's reason where that is aborted before there is a plan.
 */
export async function reconcile(
  backend: Backend,
  desired: DesiredState,
  options: ReconcileOptions = {},
): Promise<ApplyReport> {
  checkApplyOptions(options);
  const { signal, clock = systemClock, drainStore, health } = options;
  const aborting = signal === undefined ? {} : { signal };
  const actual = await reading(readState(backend, { desired, ...aborting }));
  const drains = options.drains ?? (await drainStore?.load());
  const plan = await runInSlices(
    diffSteps(desired, actual, {
      ...diffOptions(options),
      now: clock.now(),
      ...(drains === undefined ? {} : { drains }),
    }),
  );
  return new Application(backend, plan, { ...options, stale: 'force' }, { health }).run();
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

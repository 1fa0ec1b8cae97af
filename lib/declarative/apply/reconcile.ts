import type { ApplyOptions, ApplyReport, DrainStore } from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type { DesiredState } from '../../../types/document.js';
import type { DiffOptions, DrainRecord } from '../../../types/plan.js';
import { releaseSnapshot } from '../../kernel/lazy/release.js';
import { diffSteps } from '../diff/diff.js';
import { checkDiffOptions } from '../diff/options.js';
import { runInSlices } from '../document/steps.js';
import { checkDrains } from '../plan/options.js';
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
  const { scope, kept } = checkDiffOptions(options);
  const { signal, clock = systemClock, drainStore, health } = options;
  const aborting = signal === undefined ? {} : { signal };
  const actual = await reading(readState(backend, { desired, lazy: true, ...aborting }));
  const drains = kept.drains ?? (await storedDrains(drainStore));
  const known = drains === undefined ? kept : { ...kept, drains };
  const now = clock.now();
  const plan = await runInSlices(diffSteps(desired, actual, { scope, kept: known, now, health }));
  releaseSnapshot(backend, actual);
  return new Application(backend, plan, { ...options, stale: 'force' }, { health }).run();
}

async function storedDrains(store: DrainStore | undefined): Promise<DrainRecord[] | undefined> {
  const stored = await store?.load();
  return stored === undefined ? undefined : checkDrains(stored);
}

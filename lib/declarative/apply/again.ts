import type { DiffOptions, DrainRecord, HealthView, Plan } from '../../../types/plan.js';
import type { Snapshot } from '../../../types/snapshot.js';
import { diffSteps } from '../diff/diff.js';
import { inSlices } from '../in-slices.js';
import type { Touched } from './touched.js';

/** What a plan does not keep. */
export interface Circumstances {
  readonly drains: readonly DrainRecord[];
  readonly now: number;
  readonly health?: HealthView | undefined;
}

/** The same plan, made for what is there now, and for what the first one touches alone. */
export function planAgain(
  plan: Plan,
  actual: Snapshot,
  touched: Touched,
  { drains, now, health }: Circumstances,
): Promise<Plan> {
  const { desired, scope } = plan;
  const { vips: _vips, timeouts: _timeouts, sysctls: _sysctls, ...services } = desired;
  const options: DiffOptions = {
    ...plan.options,
    scope,
    drains,
    now,
    ...(health === undefined ? {} : { health }),
    // Guards were for the first plan.
    allowEmpty: true,
  };
  const { maxRemovals: _maxRemovals, ...unguarded } = options;
  const wanted = touched.more ? desired : services;
  return inSlices(diffSteps(wanted, actual, unguarded, touched.services));
}

/** Whether a plan has something to do now. */
export function hasWork({ operations }: Plan): boolean {
  const waiting = new Set<string>();
  for (const { id, deferred, dependsOn } of operations) {
    if (deferred === undefined && !dependsOn.some((other) => waiting.has(other))) return true;
    waiting.add(id);
  }
  return false;
}

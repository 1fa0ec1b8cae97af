import type { DrainRecord, HealthView, Plan, PlannedOperation } from '../../../types/plan.js';
import type { Snapshot } from '../../../types/snapshot.js';
import { diffSteps } from '../diff/diff.js';
import { runInSlices } from '../document/steps.js';
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
  // How much may go was a question to the first plan.
  const { maxRemovals: _maxRemovals, ...kept } = plan.options;
  const options = { scope, kept: { ...kept, allowEmpty: true, drains }, now, health };
  const wanted = touched.more ? desired : services;
  return runInSlices(diffSteps(wanted, actual, options, touched.services));
}

/** Operations that wait neither for connections to end, nor for operations that do. */
export function* dueOperations({
  operations,
}: Pick<Plan, 'operations'>): Generator<PlannedOperation> {
  const waiting = new Set<string>();
  for (const operation of operations) {
    const { id, deferred, dependsOn } = operation;
    const isDue = deferred === undefined && !dependsOn.some((other) => waiting.has(other));
    if (isDue) yield operation;
    else waiting.add(id);
  }
}

/** Whether operations have something to do now. */
export function hasWork(plan: Pick<Plan, 'operations'>): boolean {
  return dueOperations(plan).next().done !== true;
}

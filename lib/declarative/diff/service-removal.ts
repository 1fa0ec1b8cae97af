import type { Deferred, Reason } from '../../../types/plan.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { serviceOf } from '../../model/service.js';
import { inCanonicalOrder } from '../canonical.js';
import { type DiffContext, openConnections } from './context.js';
import type { Draft } from './draft.js';
import { describe, startDrain } from './removals.js';
import { type Place, waits } from './waits.js';
import { warnOfDrain, warnOfFlows } from './warnings.js';

/** Plans the end of a service with all its destinations: it goes last, when the connections of all of them are over. */
export function removeService(
  context: DiffContext,
  observed: ServiceSnapshot,
  policy: Place['policy'],
  reason: Reason,
): void {
  const before = serviceOf(observed);
  const place: Place = { id: observed.id, service: before, policy };
  const { starts, deferred, cuts } = waits(place)
    ? drainAll(context, place, observed)
    : cutAll(context, place, observed);
  const isDraining = deferred !== undefined && starts.length === 0;
  context.drafts.add({
    phase: 'remove-service',
    op: 'del-service',
    service: observed.id,
    before,
    after: null,
    reason: isDraining ? 'drain-end' : reason,
    impact: cuts ? ['existing-flows', 'resets-counters'] : ['resets-counters'],
    ...(deferred === undefined ? {} : { deferred }),
    dependsOn: starts,
  });
  report(context, observed, isDraining ? 'draining' : 'remove', deferred);
}

interface End {
  /** What takes the weights away. */
  readonly starts: readonly Draft[];
  /** Absent when there is nothing to wait for. */
  readonly deferred?: Deferred;
  /** Whether connections are cut that are open. */
  readonly cuts: boolean;
}

/** Stops new connections to every destination. */
function drainAll(context: DiffContext, place: Place, observed: ServiceSnapshot): End {
  const { until } = place.policy;
  const starts: Draft[] = [];
  let open = 0;
  let deadlineMs = 0;
  for (const destination of inCanonicalOrder(observed.destinations)) {
    const start = startDrain(context, place, destination, false);
    if (start !== undefined) starts.push(start);
    const record = context.record(place.id, destination.id);
    deadlineMs = Math.max(deadlineMs, context.deferral(place.policy, record).deadlineMs);
    open += openConnections(destination, until);
  }
  if (starts.length > 0) warnOfDrain(context, place);
  const isOver = starts.length === 0 && (open === 0 || deadlineMs === 0);
  return isOver
    ? { starts, cuts: open > 0 }
    : { starts, deferred: { until, deadlineMs }, cuts: false };
}

function cutAll(context: DiffContext, place: Place, observed: ServiceSnapshot): End {
  context.cut.push(observed);
  if (observed.destinations.length > 0) warnOfFlows(context, place);
  return { starts: [], cuts: true };
}

/** For people to read. */
function report(
  { tally }: DiffContext,
  observed: ServiceSnapshot,
  change: 'remove' | 'draining',
  drain: Deferred | undefined,
): void {
  const destinations = inCanonicalOrder(observed.destinations).map((destination) => {
    if (drain === undefined) tally.count('destinations', 'remove');
    else tally.countDrain();
    return describe(destination, change, drain);
  });
  tally.count('services', 'remove');
  tally.changes.push({
    kind: 'service',
    change,
    service: observed.id,
    before: serviceOf(observed),
    after: null,
    fields: [],
    ...(drain === undefined ? {} : { drain }),
    destinations,
  });
}

import type { DesiredService } from '../../../types/document.js';
import type { Deferred, DestinationChange, FieldChange, Reason } from '../../../types/plan.js';
import type { Service, ServiceId } from '../../../types/service.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { compareDestinationKeys } from '../../model/destination-id.js';
import { serviceOf } from '../canonical.js';
import { serviceChanges } from '../compare.js';
import { hashes, lacksFallback, withFallback } from '../hash-schedulers.js';
import { type DiffContext, openConnections } from './context.js';
import { addDestination, changeDestination } from './destinations.js';
import type { Draft } from './draft.js';
import {
  describe,
  type Observed,
  type Place,
  type Removal,
  removeDestination,
  startDrain,
  waits,
} from './removals.js';
import { warnOfChange, warnOfDrain, warnOfFlows, warnOfLast, warnOfTable } from './warnings.js';

/** Plans a service that is not there yet. */
export function createService(context: DiffContext, declared: DesiredService): void {
  const wanted = context.options.health?.effective(declared) ?? declared;
  const after = serviceOf(wanted);
  const created = context.drafts.add({
    phase: 'create',
    op: 'add-service',
    service: wanted.id,
    before: null,
    after,
    reason: 'declared',
    impact: ['new-connections'],
  });
  const destinations = wanted.destinations.map((destination) =>
    addDestination(context, wanted, destination, 'declared', created),
  );
  warnOfTable(context, wanted);
  context.tally.count('services', 'add');
  context.tally.changes.push({
    kind: 'service',
    change: 'add',
    service: wanted.id,
    before: null,
    after,
    fields: [],
    destinations,
  });
}

/** Plans what changes of a service that is there and stays. */
export function changeService(
  context: DiffContext,
  declared: DesiredService,
  observed: ServiceSnapshot,
): void {
  const wanted = context.options.health?.effective(declared) ?? declared;
  const policy = context.drainPolicy(declared);
  const place: Place = { id: wanted.id, service: wanted, policy };
  const { changes, drains } = planDestinations(context, place, declared, wanted, observed);

  const before = serviceOf(observed);
  const after = serviceOf(wanted);
  const needsFallback = drains.length > 0 && policy.hash === 'fallback' && lacksFallback(wanted);
  const meanwhile = needsFallback ? { ...after, schedulerFlags: withFallback(wanted) } : after;
  const fields = serviceChanges(before, meanwhile);
  if (fields.length > 0) setService(context, wanted.id, before, meanwhile, fields, needsFallback);
  if (needsFallback) restoreFlags(context, wanted.id, meanwhile, after, drains);
  warnOfChange(context, place, declared, observed, changes);

  const isDraining = changes.length > 0 && changes.every(({ change }) => change === 'draining');
  const isChanged = fields.length > 0 || (changes.length > 0 && !isDraining);
  context.tally.count('services', isChanged ? 'change' : 'unchanged');
  if (!isChanged && !isDraining) return;
  context.tally.changes.push({
    kind: 'service',
    change: isChanged ? 'change' : 'draining',
    service: wanted.id,
    before,
    after: meanwhile,
    fields,
    destinations: changes,
  });
}

/** Plans the end of a service with all its destinations: it goes last, when the connections of all of them are over. */
export function removeService(
  context: DiffContext,
  observed: ServiceSnapshot,
  policy: Place['policy'],
  reason: Reason,
): void {
  const before = serviceOf(observed);
  const place: Place = { id: observed.id, service: before, policy };
  const { starts, deferred } = waits(place)
    ? drainAll(context, place, observed)
    : { starts: [], deferred: undefined };
  const isDraining = deferred !== undefined && starts.length === 0;
  if (!waits(place)) {
    warnOfFlows(context, place);
    warnOfLast(context, observed);
  }
  context.drafts.add({
    phase: 'remove-service',
    op: 'del-service',
    service: observed.id,
    before,
    after: null,
    reason: isDraining ? 'drain-end' : reason,
    impact: waits(place) ? ['resets-counters'] : ['existing-flows', 'resets-counters'],
    ...(deferred === undefined ? {} : { deferred }),
    dependsOn: starts,
  });
  context.tally.count('services', 'remove');
  const change = isDraining ? 'draining' : 'remove';
  const destinations = observed.destinations.map((destination) => {
    if (deferred === undefined) context.tally.count('destinations', 'remove');
    else context.tally.countDrain();
    return describe(destination, change, deferred);
  });
  context.tally.changes.push({
    kind: 'service',
    change,
    service: observed.id,
    before,
    after: null,
    fields: [],
    ...(deferred === undefined ? {} : { drain: deferred }),
    destinations,
  });
}

/** Stops new connections to every destination; without a deferral when there is nothing to wait for. */
function drainAll(
  context: DiffContext,
  place: Place,
  { destinations }: ServiceSnapshot,
): { readonly starts: Draft[]; readonly deferred: Deferred | undefined } {
  const { until, deadline } = place.policy;
  const starts: Draft[] = [];
  let open = 0;
  let deadlineMs = 0;
  for (const destination of destinations) {
    const start = startDrain(context, place, destination, false);
    if (start !== undefined) starts.push(start);
    const record = context.record(place.id, destination.id);
    deadlineMs = Math.max(deadlineMs, context.deferral(place.policy, record).deadlineMs);
    open += openConnections(destination, until);
  }
  if (starts.length > 0) warnOfDrain(context, place);
  const isOver = starts.length === 0 && (open === 0 || deadlineMs === 0);
  if (destinations.length === 0 || isOver) return { starts, deferred: undefined };
  return { starts, deferred: { until, deadlineMs: deadlineMs === 0 ? deadline : deadlineMs } };
}

interface DestinationPlan {
  /** In canonical order. */
  readonly changes: DestinationChange[];
  /** Those that drain. */
  readonly drains: Removal[];
}

/** What is added comes before what changes, and both before what goes. */
function planDestinations(
  context: DiffContext,
  place: Place,
  declared: DesiredService,
  wanted: DesiredService,
  observed: ServiceSnapshot,
): DestinationPlan {
  const actual = new Map<string, Observed>();
  for (const destination of observed.destinations) actual.set(destination.id, destination);
  const asDeclared = wanted === declared ? undefined : weightsOf(declared);
  const changes: DestinationChange[] = [];
  for (const destination of wanted.destinations) {
    if (actual.has(destination.id)) continue;
    const reason = asDeclared?.has(destination.id) === false ? 'health' : 'declared';
    changes.push(addDestination(context, wanted, destination, reason, undefined));
  }
  for (const destination of wanted.destinations) {
    const present = actual.get(destination.id);
    if (present === undefined) continue;
    actual.delete(destination.id);
    const isDeclared =
      (asDeclared?.get(destination.id) ?? destination.weight) === destination.weight;
    const change = changeDestination(context, wanted, destination, present, isDeclared);
    if (change !== undefined) changes.push(change);
  }
  const drains: Removal[] = [];
  for (const destination of actual.values()) {
    const reason = asDeclared?.has(destination.id) === true ? 'health' : 'undeclared';
    const removal = removeDestination(context, place, destination, reason);
    changes.push(removal.change);
    if (removal.drains) drains.push(removal);
  }
  changes.sort((first, second) => compareChanges(first, second));
  return { changes, drains };
}

function compareChanges(first: DestinationChange, second: DestinationChange): number {
  const [one, other] = [first.before ?? first.after, second.before ?? second.after];
  return one === null || other === null ? 0 : compareDestinationKeys(one, other);
}

function weightsOf({ destinations }: DesiredService): ReadonlyMap<string, number> {
  return new Map(destinations.map(({ id, weight }) => [id, weight]));
}

function setService(
  context: DiffContext,
  id: ServiceId,
  before: Service,
  after: Service,
  fields: readonly FieldChange[],
  needsFallback: boolean,
): void {
  const isForFallback = needsFallback && fields.every(({ path }) => path === 'schedulerFlags');
  context.drafts.add({
    phase: 'tune',
    op: 'set-service',
    service: id,
    before,
    after,
    fields,
    reason: isForFallback ? 'drain-fallback' : 'declared',
    impact: hashes(after.scheduler) ? ['new-connections', 'hash-remap'] : ['new-connections'],
  });
}

/** Takes the fallback flag back when nothing drains any more. */
function restoreFlags(
  context: DiffContext,
  id: ServiceId,
  before: Service,
  after: Service,
  drains: readonly Removal[],
): void {
  const waiting = drains.flatMap(({ deferred }) => (deferred === undefined ? [] : [deferred]));
  const deadlineMs = Math.max(0, ...waiting.map((deferred) => deferred.deadlineMs));
  const [first] = waiting;
  context.drafts.add({
    phase: 'restore',
    op: 'set-service',
    service: id,
    before,
    after,
    fields: serviceChanges(before, after),
    reason: 'drain-fallback',
    impact: ['new-connections'],
    ...(first === undefined ? {} : { deferred: { until: first.until, deadlineMs } }),
    dependsOn: drains.map(({ remove }) => remove),
  });
}

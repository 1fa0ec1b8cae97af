import type { Deferred, DestinationChange, Impact, Reason } from '../../../types/plan.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { destinationOf } from '../../model/destination.js';
import { destinationChanges } from '../compare.js';
import { hashes } from '../hash-schedulers.js';
import { type DiffContext, openConnections } from './context.js';
import type { Draft } from './draft.js';
import { type Place, waitsOnStayingService } from './waits.js';
import { warnOfDrain, warnOfFlows } from './warnings.js';

export type Observed = ServiceSnapshot['destinations'][number];

/** A destination that goes. */
export interface Removal {
  readonly change: DestinationChange;
  /** The operation that takes it away. */
  readonly remove: Draft;
  /** Whether its connections get time to end, or had it. */
  readonly drains: boolean;
  /** Present while they still have it. */
  readonly deferred?: Deferred;
}

/** Takes a destination away from a service that stays. */
export function removeDestination(
  context: DiffContext,
  place: Place,
  destination: Observed,
  reason: Reason,
): Removal {
  if (waitsOnStayingService(place)) return drain(context, place, destination);
  warnOfFlows(context, place);
  context.tally.count('destinations', 'remove');
  const remove = deletion(context, place, destination, reason, 'existing-flows');
  return { change: describe(destination, 'remove'), remove, drains: false };
}

/** Stops new connections to a destination, and takes it away when those it has are over. */
function drain(context: DiffContext, place: Place, destination: Observed): Removal {
  const record = context.record(place.id, destination.id);
  const deferred = context.deferral(place.policy, record);
  const start = startDrain(context, place, destination, place.service.scheduler === 'sh');
  if (start !== undefined) warnOfDrain(context, place);
  const open = openConnections(destination, deferred.until);
  const isOver = start === undefined && (deferred.deadlineMs === 0 || open === 0);
  context.tally.countDrain();
  if (isOver) {
    const impact = open === 0 ? 'none' : 'existing-flows';
    const remove = deletion(context, place, destination, 'drain-end', impact);
    return { change: describe(destination, 'remove'), remove, drains: true };
  }
  const remove = context.drafts.add({
    phase: 'remove-dest',
    op: 'del-dest',
    service: place.id,
    destination: destination.id,
    before: destinationOf(start === undefined ? destination : { ...destination, weight: 0 }),
    after: null,
    reason: 'drain-end',
    impact: removalImpact(place, 'none'),
    deferred,
    dependsOn: start === undefined ? [] : [start],
  });
  const change = describe(destination, start === undefined ? 'draining' : 'remove', deferred);
  return { change, remove, drains: true, deferred };
}

/** Takes the weight of a destination away; nothing where it has none. */
export function startDrain(
  context: DiffContext,
  { id }: Place,
  destination: Observed,
  remaps: boolean,
): Draft | undefined {
  if (destination.weight === 0) return undefined;
  const before = destinationOf(destination);
  const after = { ...before, weight: 0 };
  return context.drafts.add({
    phase: 'contract',
    op: 'set-dest',
    service: id,
    destination: destination.id,
    before,
    after,
    fields: destinationChanges(before, after),
    reason: 'drain-start',
    impact: remaps ? ['new-connections', 'hash-remap'] : ['new-connections'],
  });
}

/** Says what becomes of a destination. */
export function describe(
  destination: Observed,
  change: 'remove' | 'draining',
  deferred?: Deferred,
): DestinationChange {
  const { id } = destination;
  const before = destinationOf(destination);
  const described = { change, destination: id, before, after: null, fields: [] };
  return deferred === undefined ? described : { ...described, drain: deferred };
}

function deletion(
  context: DiffContext,
  place: Place,
  destination: Observed,
  reason: Reason,
  impact: Impact,
): Draft {
  return context.drafts.add({
    phase: 'remove-dest',
    op: 'del-dest',
    service: place.id,
    destination: destination.id,
    before: destinationOf(destination),
    after: null,
    reason,
    impact: removalImpact(place, impact),
  });
}

function removalImpact({ service }: Place, impact: Impact): Impact[] {
  const impacts: Impact[] = impact === 'none' ? [] : [impact];
  if (hashes(service.scheduler)) impacts.push('hash-remap');
  return [...impacts, 'resets-counters'];
}

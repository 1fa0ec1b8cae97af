import type { Destination, DestinationId } from '../../../types/destination.js';
import type { DesiredDestination, DesiredService } from '../../../types/document.js';
import type {
  DestinationChange,
  DrainRecord,
  FieldChange,
  Impact,
  Phase,
  Reason,
} from '../../../types/plan.js';
import type { Scheduler } from '../../../types/service.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { destinationOf } from '../../model/destination.js';
import { destinationChanges } from '../compare.js';
import { hashes } from '../hash-schedulers.js';
import type { DiffContext } from './context.js';
import { type Draft, noDrafts, noFields } from './draft.js';

type Observed = ServiceSnapshot['destinations'][number];

/** What additions come to: the same for all, of which there can be very many. */
const newConnections: readonly Impact[] = Object.freeze(['new-connections'] as const);
const newConnectionsElsewhere: readonly Impact[] = Object.freeze([
  'new-connections',
  'hash-remap',
] as const);

/**
 * Adds a destination to a service: to one that is `created` along with it, to another before anything is taken away.
 */
export function addDestination(
  context: DiffContext,
  service: DesiredService,
  destination: DesiredDestination,
  reason: Reason,
  created = noDrafts,
): Draft {
  const isNew = created.length > 0;
  context.tally.count('destinations', 'add');
  return context.drafts.add({
    phase: isNew ? 'create' : 'expand',
    op: 'add-dest',
    service: service.id,
    destination: destination.id,
    before: null,
    after: destinationOf(destination),
    reason,
    impact: !isNew && hashes(service.scheduler) ? newConnectionsElsewhere : newConnections,
    dependsOn: created,
  });
}

/** What {@link addDestination} comes to, for people to read. */
export function additionOf({ destination, after }: Draft): DestinationChange {
  const [id, added] = [destination as DestinationId, after as Destination];
  return { change: 'add', destination: id, before: null, after: added, fields: noFields };
}

/** Brings a destination that is there to what it should be; nothing when it is. `declared` is its weight in the document. */
export function changeDestination(
  context: DiffContext,
  service: DesiredService,
  wanted: DesiredDestination,
  observed: Observed,
  declared: number | undefined,
): DestinationChange | undefined {
  const record = context.record(service.id, observed.id);
  const before = destinationOf(observed);
  const weight = context.ignoresWeight(service)
    ? weightLeftAlone(context, wanted.weight, declared, observed.weight, record)
    : wanted.weight;
  const after = { ...destinationOf(wanted), weight };
  const fields = destinationChanges(before, after);
  if (fields.length === 0) {
    context.tally.count('destinations', 'unchanged');
    return undefined;
  }
  const comesFromHealth = wanted.weight !== declared;
  context.drafts.add({
    phase: phaseOf(before.weight, after.weight),
    op: 'set-dest',
    service: service.id,
    destination: observed.id,
    before,
    after,
    fields,
    reason: comesFromHealth ? 'health' : record === undefined ? 'declared' : 'drain-cancel',
    impact: impactOf(fields, before, after, service),
  });
  context.tally.count('destinations', 'change');
  warnOfTunnel(context, `${service.id} -> ${observed.id}`, before, fields);
  return { change: 'change', destination: observed.id, before, after, fields };
}

/**
 * The weight to give where weights are left alone: what health says where it has something to say, else the one before a
 * drain, else the one there is.
 */
function weightLeftAlone(
  { options }: DiffContext,
  wanted: number,
  declared: number | undefined,
  actual: number,
  record: DrainRecord | undefined,
): number {
  if (wanted !== declared) return wanted;
  if (record !== undefined) return record.weightBefore === 0 ? declared : record.weightBefore;
  // What takes weights away on account of health gives them back.
  return options.health !== undefined && actual === 0 ? declared : actual;
}

function warnOfTunnel(
  context: DiffContext,
  id: string,
  before: Destination,
  fields: readonly FieldChange[],
): void {
  if (before.forward !== 'tunnel' || !fields.some(({ path }) => path === 'tunnel')) return;
  const message = 'packets of open connections are wrapped in the new way at once';
  context.warn('W_TUNNEL_LIVE', id, message);
}

function phaseOf(before: number, after: number): Phase {
  if (after === before) return 'retouch';
  return after > before ? 'expand' : 'contract';
}

function impactOf(
  fields: readonly FieldChange[],
  before: Destination,
  after: Destination,
  { scheduler }: DesiredService,
): Impact[] {
  const impact: Impact[] = [];
  const rewraps = before.forward === 'tunnel' && fields.some(({ path }) => path === 'tunnel');
  if (!rewraps || fields.length > 1) impact.push('new-connections');
  if (rewraps) impact.push('existing-flows');
  if (before.weight !== after.weight && remaps(scheduler, before.weight, after.weight)) {
    impact.push('hash-remap');
  }
  return impact;
}

/** Whether other clients are hashed elsewhere; `mh` keeps the share of a destination that has no weight for a while. */
function remaps(scheduler: Scheduler, before: number, after: number): boolean {
  return scheduler === 'sh' || (scheduler === 'mh' && before > 0 && after > 0);
}

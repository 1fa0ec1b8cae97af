import type { DesiredDestination, DesiredService } from '../../../types/document.js';
import type { DestinationChange, FieldChange, Impact, Phase, Reason } from '../../../types/plan.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { destinationOf } from '../canonical.js';
import { destinationChanges } from '../compare.js';
import { hashes } from '../hash-schedulers.js';
import type { DiffContext } from './context.js';
import type { Draft } from './draft.js';

type Observed = ServiceSnapshot['destinations'][number];

/** Adds a destination to a service: to a new one along with it, to another before anything is taken away. */
export function addDestination(
  context: DiffContext,
  service: DesiredService,
  destination: DesiredDestination,
  reason: Reason,
  created: Draft | undefined,
): DestinationChange {
  const after = destinationOf(destination);
  context.drafts.add({
    phase: created === undefined ? 'expand' : 'create',
    op: 'add-dest',
    service: service.id,
    destination: destination.id,
    before: null,
    after,
    reason,
    impact:
      created === undefined && hashes(service.scheduler)
        ? ['new-connections', 'hash-remap']
        : ['new-connections'],
    dependsOn: created === undefined ? [] : [created],
  });
  context.tally.count('destinations', 'add');
  return { change: 'add', destination: destination.id, before: null, after, fields: [] };
}

/** Brings a destination that is there to what it should be; nothing when it is. */
export function changeDestination(
  context: DiffContext,
  service: DesiredService,
  wanted: DesiredDestination,
  observed: Observed,
  isDeclared: boolean,
): DestinationChange | undefined {
  const record = context.record(service.id, observed.id);
  const before = destinationOf(observed);
  const declared = destinationOf(wanted);
  const weight = weightOf(context, service, declared.weight, observed.weight, record?.weightBefore);
  const after = weight === declared.weight ? declared : { ...declared, weight };
  const fields = destinationChanges(before, after);
  if (fields.length === 0) {
    context.tally.count('destinations', 'unchanged');
    return undefined;
  }
  context.drafts.add({
    phase: phaseOf(before.weight, after.weight),
    op: 'set-dest',
    service: service.id,
    destination: observed.id,
    before,
    after,
    fields,
    reason: record !== undefined ? 'drain-cancel' : isDeclared ? 'declared' : 'health',
    impact: impactOf(fields, service),
  });
  context.tally.count('destinations', 'change');
  if (fields.some(({ path }) => path === 'tunnel')) {
    const message = 'packets of open connections are wrapped in the new way at once';
    context.warn('W_TUNNEL_LIVE', `${service.id} -> ${observed.id}`, message);
  }
  return { change: 'change', destination: observed.id, before, after, fields };
}

/** The weight to give: the declared one, or, where weights are left alone, the one it has or had before it was drained. */
function weightOf(
  { options }: DiffContext,
  { ignore }: DesiredService,
  declared: number,
  actual: number,
  beforeDrain: number | undefined,
): number {
  const isIgnored = ignore?.includes('weight') || options.ignore?.includes('weight');
  if (!isIgnored) return declared;
  if (beforeDrain !== undefined) return beforeDrain === 0 ? declared : beforeDrain;
  // Health alone takes weights away and gives them back.
  return options.health !== undefined && (actual === 0 || declared === 0) ? declared : actual;
}

function phaseOf(before: number, after: number): Phase {
  if (after === before) return 'retouch';
  return after > before ? 'expand' : 'contract';
}

function impactOf(fields: readonly FieldChange[], { scheduler }: DesiredService): Impact[] {
  const impact: Impact[] = [];
  const paths = new Set(fields.map(({ path }) => path));
  if (paths.size > (paths.has('tunnel') ? 1 : 0)) impact.push('new-connections');
  if (paths.has('tunnel')) impact.push('existing-flows');
  if (paths.has('weight') && scheduler === 'sh') impact.push('hash-remap');
  return impact;
}

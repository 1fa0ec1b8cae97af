import type { DesiredService } from '../../../types/document.js';
import type { DestinationChange } from '../../../types/plan.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { compareDestinationKeys } from '../../model/destination-id.js';
import { plainOf } from '../../model/lazy-object.js';
import { serviceOf } from '../../model/service.js';
import { inCanonicalOrder } from '../canonical.js';
import type { DiffContext } from './context.js';
import { Creation } from './creation.js';
import { addDestination, additionOf, changeDestination } from './destinations.js';
import { type Removal, removeDestination } from './removals.js';
import { changeServiceSettings } from './service-settings.js';
import { unchangedOf } from './unchanged.js';
import type { Place } from './waits.js';
import { warnOfChange, warnOfTable } from './warnings.js';

/** Plans a service that is not there yet. */
export function createService(context: DiffContext, declared: DesiredService): void {
  const wanted = effective(context, declared);
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
  const service = [created];
  const additions = inCanonicalOrder(wanted.destinations).map((destination) =>
    addDestination(context, wanted, destination, 'declared', service),
  );
  warnOfTable(context, wanted);
  context.tally.count('services', 'add');
  context.tally.changes.push(new Creation(wanted.id, after, additions));
}

/** Plans what changes of a service that is there and stays. */
export function changeService(
  context: DiffContext,
  declared: DesiredService,
  observed: ServiceSnapshot,
): void {
  const wanted = effective(context, declared);
  const unchanged = context.ignoresWeight(declared) ? 'unknown' : unchangedOf(wanted, observed);
  if (unchanged === 'all') {
    leaveService(context, wanted);
    return;
  }
  const place: Place = { id: wanted.id, service: wanted, policy: context.drainPolicy(declared) };
  const { changes, drains } =
    unchanged === 'destinations'
      ? leaveDestinations(context, wanted)
      : planDestinations(context, place, { declared, wanted, observed: plainOf(observed) });
  const before = serviceOf(observed);
  const { after, fields } = changeServiceSettings(context, place, before, drains);
  warnOfTable(context, wanted);
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
    after,
    fields,
    destinations: changes,
  });
}

/** Of a service that is as it should be there is nothing else to say. */
function leaveService(context: DiffContext, wanted: DesiredService): void {
  leaveDestinations(context, wanted);
  warnOfTable(context, wanted);
  context.tally.count('services', 'unchanged');
}

/** What should be, as far as health allows it. */
function effective({ options }: DiffContext, declared: DesiredService): DesiredService {
  return options.health?.effective(declared) ?? declared;
}

/** A service as the document has it, as it should be with its health, and as it is. */
interface Views {
  readonly declared: DesiredService;
  readonly wanted: DesiredService;
  readonly observed: ServiceSnapshot;
}

interface DestinationPlan {
  /** In canonical order. */
  readonly changes: readonly DestinationChange[];
  /** Those that drain. */
  readonly drains: readonly Removal[];
}

function leaveDestinations(
  { tally }: DiffContext,
  { destinations }: DesiredService,
): DestinationPlan {
  tally.count('destinations', 'unchanged', destinations.length);
  return { changes: [], drains: [] };
}

/** What is added comes before what changes, whatever the phase; apart from that all is in canonical order. */
function planDestinations(
  context: DiffContext,
  place: Place,
  { declared, wanted, observed }: Views,
): DestinationPlan {
  const weights = new Map<string, number>();
  for (const { id, weight } of declared.destinations) weights.set(id, weight);
  const present = new Set<string>();
  for (const { id } of observed.destinations) present.add(id);
  const changes: DestinationChange[] = [];
  const staying = new Map<string, DesiredService['destinations'][number]>();
  for (const destination of inCanonicalOrder(wanted.destinations)) {
    staying.set(destination.id, destination);
    if (present.has(destination.id)) continue;
    const reason = weights.has(destination.id) ? 'declared' : 'health';
    changes.push(additionOf(addDestination(context, wanted, destination, reason)));
  }
  const drains: Removal[] = [];
  for (const destination of inCanonicalOrder(observed.destinations)) {
    const stays = staying.get(destination.id);
    const declaredWeight = weights.get(destination.id);
    if (stays !== undefined) {
      const change = changeDestination(context, wanted, stays, destination, declaredWeight);
      if (change !== undefined) changes.push(change);
      continue;
    }
    // What is declared and goes all the same does so because it is not healthy.
    const reason = declaredWeight === undefined ? 'undeclared' : 'health';
    const removal = removeDestination(context, place, destination, reason);
    changes.push(removal.change);
    if (removal.drains) drains.push(removal);
  }
  changes.sort(compareChanges);
  return { changes, drains };
}

function compareChanges(first: DestinationChange, second: DestinationChange): number {
  const [one, other] = [first.before ?? first.after, second.before ?? second.after];
  return one === null || other === null ? 0 : compareDestinationKeys(one, other);
}

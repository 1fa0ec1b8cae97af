import type { Family } from '../../../types/address.js';
import type { DesiredService } from '../../../types/document.js';
import type { WarningCode } from '../../../types/issue.js';
import type { DestinationChange, Diagnostic } from '../../../types/plan.js';
import type { Service, ServiceId } from '../../../types/service.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import {
  type CompleteServiceKey,
  compareServiceKeys,
  parseServiceId,
  serviceFamily,
} from '../../model/service-id.js';
import { type Steps, sortSteps } from '../document/steps.js';
import { lacksFallback, maglevTableSize } from '../hash-schedulers.js';
import { noteRemovals } from '../trash.js';
import type { DiffContext } from './context.js';
import type { Pair } from './pairs.js';
import { isUdp, type Place, waits } from './waits.js';

const messages = {
  W_ADOPTED: "the service was there already, and is this owner's from now on",
  W_NO_CAPACITY: 'no destination is left that takes new connections',
  W_HASH_DRAIN:
    'clients hashed to a destination that drains are refused, because the scheduler has no fallback flag',
  W_HASH_REMAP: 'the scheduler sends clients of the other destinations elsewhere as well',
  W_HASH_TABLE: `the scheduler's table has room for ${maglevTableSize} destinations: the kernel refuses more, or keeps the table it has`,
  W_DH_DRAIN:
    'destinations of this scheduler are taken away at once, because it would refuse the clients of one that drains',
  W_PERSISTENT_DRAIN:
    'expire_quiescent_template is 0, clients that persistence binds to a destination keep coming to it while it drains',
  W_PERSISTENCE_LINGER:
    'templates live on until they expire, and hold again where persistence is switched on before that',
  W_REUSE_DRAIN:
    'conn_reuse_mode and expire_nodest_conn are 0, clients that use a port again reach a destination that drains',
  W_UDP_NODEST:
    'expire_nodest_conn is 0, flows of removed destinations are dropped until they expire',
  W_LAST_SERVICE_FAMILY:
    'it is the last service of its family: the host itself answers its open connections with a reset',
} as const satisfies Partial<Record<WarningCode, string>>;

/** What is to be known before anything is planned. */
export function* noteBeginning(context: DiffContext): Steps<void> {
  yield* noteDocument(context);
  if (!context.actual.consistent) {
    context.diagnostics.push({
      severity: 'warning',
      code: 'W_INCONSISTENT_SNAPSHOT',
      message: 'the table kept changing while it was read: something that is there may be missed',
    });
  }
}

/** What the document was warned of: by service where it can be, as a plan does not depend on where in it a service stands. */
function* noteDocument({ desired, diagnostics }: DiffContext): Steps<void> {
  const about: { readonly diagnostic: Diagnostic; readonly key: CompleteServiceKey }[] = [];
  const others: Diagnostic[] = [];
  for (const { severity, code, message, path, service } of desired.warnings) {
    yield;
    if (severity !== 'warning') continue;
    const said = { severity, code: code as WarningCode, message };
    if (service === undefined) others.push({ ...said, path });
    else about.push({ diagnostic: { ...said, address: service }, key: parseServiceId(service) });
  }
  const sorted = yield* sortSteps(about, (first, second) =>
    compareServiceKeys(first.key, second.key),
  );
  for (const { diagnostic } of sorted) diagnostics.push(diagnostic);
  for (const diagnostic of others) diagnostics.push(diagnostic);
}

/** Says something about a service, once. */
export function warn(context: DiffContext, code: keyof typeof messages, id: string): void {
  const isSaid = context.said.has(`${code} ${id}`);
  context.said.add(`${code} ${id}`);
  if (!isSaid) context.warn(code, id, messages[code]);
}

/** Flows of UDP that lose their destination. */
export function warnOfFlows(context: DiffContext, { id, service }: Place): void {
  const losesFlows = isUdp(service) && !service.onePacket && context.isOff('expire_nodest_conn');
  if (losesFlows) warn(context, 'W_UDP_NODEST', id);
}

/** What can keep a drain from ending. */
export function warnOfDrain(context: DiffContext, { id, service }: Place): void {
  if (service.persistence !== undefined && context.isOff('expire_quiescent_template')) {
    warn(context, 'W_PERSISTENT_DRAIN', id);
  }
  if (context.isOff('conn_reuse_mode') && context.isOff('expire_nodest_conn')) {
    warn(context, 'W_REUSE_DRAIN', id);
  }
}

/**
 * Kernels take their hooks out of a family with its last service. It is said of the last one that is cut, unless another
 * has yet to drain.
 */
export function* warnOfLast(context: DiffContext, pairs: readonly Pair[]): Steps<void> {
  if (context.cut.length === 0) return;
  const remaining = yield* countRemaining(context, pairs);
  const removals = context.drafts.of('remove-service', 'del-service');
  for (const family of ['ipv4', 'ipv6'] as const) {
    const last = context.cut.findLast((service) => serviceFamily(service) === family);
    if (last === undefined || remaining[family] > 0) continue;
    const drains = removals.some(
      ({ deferred, before }) =>
        deferred !== undefined && serviceFamily(before as Service) === family,
    );
    if (!drains) warn(context, 'W_LAST_SERVICE_FAMILY', last.id);
  }
}

/** How many services of each family there will be, the foreign ones among them. */
function* countRemaining(
  { actual, desired }: DiffContext,
  pairs: readonly Pair[],
): Steps<Record<Family, number>> {
  const remaining = { ipv4: 0, ipv6: 0 };
  const present = new Set<ServiceId>();
  for (const service of actual.services) {
    yield;
    present.add(service.id);
    remaining[serviceFamily(service)] += 1;
  }
  for (const { declared, observed } of pairs) {
    if (declared === undefined) remaining[serviceFamily(observed)] -= 1;
  }
  for (const { id, family } of desired.services) {
    yield;
    if (!present.has(id)) remaining[family] += 1;
  }
  return remaining;
}

/** So many removals that whatever is added afterwards takes long. */
export function warnOfTrash({ tally, diagnostics }: DiffContext): void {
  const { add, remove } = tally.destinations;
  diagnostics.push(...noteRemovals(remove, add));
}

/** More destinations than the scheduler can hash to. */
export function warnOfTable(context: DiffContext, service: DesiredService): void {
  const isTooMany = service.scheduler === 'mh' && service.destinations.length > maglevTableSize;
  if (isTooMany) warn(context, 'W_HASH_TABLE', service.id);
}

/** What a service that stays does to its clients. */
export function warnOfChange(
  context: DiffContext,
  place: Place,
  declared: DesiredService,
  observed: ServiceSnapshot,
  changes: readonly DestinationChange[],
): void {
  const { id, service, policy } = place;
  if (observed.persistence !== undefined && service.persistence === undefined) {
    warn(context, 'W_PERSISTENCE_LINGER', id);
  }
  // Where nothing changes, what there is is not looked at.
  if (changes.length === 0) return;
  const hadCapacity = observed.destinations.some(({ weight }) => weight > 0);
  if (hadCapacity && !hasCapacity(context, declared, observed, changes)) {
    warn(context, 'W_NO_CAPACITY', id);
  }
  const removes = changes.some(({ change }) => change === 'remove');
  if (service.scheduler === 'dh' && removes && waits(place)) warn(context, 'W_DH_DRAIN', id);
  const drains = changes.some(({ drain }) => drain !== undefined);
  if (drains && policy.hash === 'refuse' && lacksFallback(service)) {
    warn(context, 'W_HASH_DRAIN', id);
  }
  if (service.scheduler === 'sh' && changes.some(remaps)) warn(context, 'W_HASH_REMAP', id);
}

/** Whether a service is declared with a destination that takes connections, or, where weights are left alone, has one. */
function hasCapacity(
  context: DiffContext,
  declared: DesiredService,
  observed: ServiceSnapshot,
  changes: readonly DestinationChange[],
): boolean {
  if (!context.ignoresWeight(declared))
    return declared.destinations.some(({ weight }) => weight > 0);
  const changed = new Set(changes.map(({ destination }) => destination));
  const unchanged = observed.destinations.filter(({ id }) => !changed.has(id));
  return (
    unchanged.some(({ weight }) => weight > 0) ||
    changes.some(({ after }) => after !== null && after.weight > 0)
  );
}

function remaps({ change, fields }: DestinationChange): boolean {
  return change !== 'change' || fields.some(({ path }) => path === 'weight');
}

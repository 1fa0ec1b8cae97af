import type { Address } from '../../../types/address.js';
import type { DesiredService, DesiredState } from '../../../types/document.js';
import type { DiffOptions, Plan, PlanOptions } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import type { ServiceSnapshot, Snapshot } from '../../../types/snapshot.js';
import type { Mutable } from '../../model/fields.js';
import { compareServiceKeys, keyOfService } from '../../model/service-id.js';
import { combineFingerprints, fingerprintOf } from '../fingerprint.js';
import { ownershipOf } from '../scope.js';
import { DiffContext } from './context.js';
import type { Draft } from './draft.js';
import { checkGuards } from './guards.js';
import { changeService, createService, removeService } from './services.js';
import { changeSettings } from './settings.js';
import { addressesOf, changeVirtualAddresses } from './virtual-addresses.js';
import { warn } from './warnings.js';

/** A service that is declared, or there, or both. */
interface Pair {
  readonly id: ServiceId;
  readonly declared?: DesiredService;
  readonly observed?: ServiceSnapshot;
}

/**
 * The plan that makes of what is there what should be there: the operations in the order in which no service is without
 * a destination that it had. Reads nothing and changes nothing; equal arguments give equal plans. What keeps the plan from
 * being carried out is among its diagnostics, as an error. Throws `InvalidValueError` for options that are wrong.
 */
export function diff(desired: DesiredState, actual: Snapshot, options: DiffOptions = {}): Plan {
  const steps = diffSteps(desired, actual, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * {@link diff} in steps of one service, for those who have something else to do in between. With `only`, other services are
 * left as they are.
 */
export function* diffSteps(
  desired: DesiredState,
  actual: Snapshot,
  options: DiffOptions,
  only?: Pick<ReadonlySet<ServiceId>, 'has'>,
): Generator<void, Plan> {
  const scope = options.scope ?? { mode: 'declared' };
  const ownership = ownershipOf(scope, desired, options.record);
  const context = new DiffContext(desired, actual, options, ownership);
  noteBeginning(context);
  changeSettings(context);

  const pairs = pairUp(context, only);
  const goes = pairs.filter(({ declared, observed }) => declared === undefined && observed);
  context.goes(goes.flatMap(({ observed }) => (observed === undefined ? [] : [observed])));
  const absentPolicies = new Map(desired.absent.map((absent) => [absent.id, absent]));
  for (const pair of pairs) {
    planPair(context, pair, absentPolicies.get(pair.id));
    yield;
  }
  planVips(context, pairs);
  checkGuards(context);

  const operations = context.drafts.number();
  const services: Record<ServiceId, string | null> = {};
  const touched = new Set(operations.flatMap(({ service }) => service ?? []));
  for (const { id, observed } of pairs) {
    if (!touched.has(id)) continue;
    services[id] = observed === undefined ? null : fingerprintOf(observed);
    yield;
  }
  const fingerprint = combineFingerprints(services);
  return {
    scope,
    options: keptOptions(options),
    basis: { consistent: actual.consistent, fingerprint, services },
    summary: context.tally.summary(operations.length),
    changes: context.tally.changes,
    operations,
    diagnostics: context.diagnostics,
    desired,
  };
}

/** What is to be known before anything is planned. */
function noteBeginning(context: DiffContext): void {
  for (const { code, message, path } of context.desired.warnings) {
    context.diagnostics.push({ severity: 'warning', code: code as 'W_ADOPTED', message, path });
  }
  if (!context.actual.consistent) {
    context.diagnostics.push({
      severity: 'warning',
      code: 'W_INCONSISTENT_SNAPSHOT',
      message: 'the table kept changing while it was read: something that is there may be missed',
    });
  }
}

/** Every service that is declared or this owner's, in canonical order. */
function pairUp(
  context: DiffContext,
  only: Pick<ReadonlySet<ServiceId>, 'has'> | undefined,
): Pair[] {
  const { desired, actual, ownership, tally } = context;
  const observed = new Map<ServiceId, ServiceSnapshot>();
  for (const service of actual.services) observed.set(service.id, service);
  const pairs: { pair: Pair; key: ReturnType<typeof keyOfService> }[] = [];
  for (const declared of desired.services) {
    if (only?.has(declared.id) === false) continue;
    if (!ownership.covers(declared.id, declared)) {
      const message = 'the document declares a service that the scope leaves out';
      context.fail('E_OUT_OF_SCOPE', declared.id, message);
      continue;
    }
    const present = observed.get(declared.id);
    observed.delete(declared.id);
    const pair: Mutable<Pair> = { id: declared.id, declared };
    if (present !== undefined) pair.observed = present;
    pairs.push({ pair, key: keyOfService(declared) });
  }
  for (const [id, service] of observed) {
    if (only?.has(id) !== false && ownership.owns(id, service)) {
      pairs.push({ pair: { id, observed: service }, key: keyOfService(service) });
    } else {
      tally.unmanagedServices += 1;
      context.foreign.push(service);
    }
  }
  pairs.sort((first, second) => compareServiceKeys(first.key, second.key));
  return pairs.map(({ pair }) => pair);
}

function planPair(
  context: DiffContext,
  { id, declared, observed }: Pair,
  absent: DesiredState['absent'][number] | undefined,
): void {
  if (declared === undefined) {
    if (observed === undefined) return;
    const reason = absent === undefined ? 'undeclared' : 'absent';
    removeService(context, observed, context.drainPolicy(absent), reason);
  } else if (observed === undefined) {
    createService(context, declared);
  } else {
    const before = context.tally.changes.length;
    changeService(context, declared, observed);
    noteAdoption(context, id, context.tally.changes.length > before);
  }
}

/** Without a record it cannot be told whose a service was; then it is said where something changes. */
function noteAdoption(context: DiffContext, id: ServiceId, isChanged: boolean): void {
  const { record, scope } = context.options;
  const isNew =
    record === undefined
      ? isChanged && (scope === undefined || scope.mode === 'declared')
      : !context.recorded.has(id);
  if (isNew) warn(context, 'W_ADOPTED', id);
}

function planVips(context: DiffContext, pairs: readonly Pair[]): void {
  const { vips } = context.desired;
  if (vips === undefined) return;
  const addresses = new Map<ServiceId, Address>();
  for (const { id, declared, observed } of pairs) {
    const service = declared ?? observed;
    if (service !== undefined && !('fwmark' in service)) addresses.set(id, service.address);
  }
  changeVirtualAddresses(context, vips, {
    added: byAddress(context.drafts.of('create', 'add-service'), addresses),
    removed: byAddress(context.drafts.of('remove-service', 'del-service'), addresses),
    foreign: addressesOf(context.foreign),
  });
}

function byAddress(
  drafts: readonly Draft[],
  addresses: ReadonlyMap<ServiceId, Address>,
): Map<Address, Draft[]> {
  const groups = new Map<Address, Draft[]>();
  for (const draft of drafts) {
    const address = draft.service === undefined ? undefined : addresses.get(draft.service);
    if (address === undefined) continue;
    const group = groups.get(address);
    if (group === undefined) groups.set(address, [draft]);
    else group.push(draft);
  }
  return groups;
}

/** What a plan says of how it was made. The time, and what health is, are not part of it. */
function keptOptions(options: DiffOptions): PlanOptions {
  const { scope: _scope, now: _now, health: _health, ...kept } = options;
  return kept;
}

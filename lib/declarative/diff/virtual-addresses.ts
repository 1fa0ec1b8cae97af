import type { Address } from '../../../types/address.js';
import type { BoundAddress } from '../../../types/device.js';
import type { DesiredService } from '../../../types/document.js';
import type { Change, OperationObject } from '../../../types/plan.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { compareAddresses, familyOf } from '../../model/address.js';
import { fullPrefix } from '../../model/netmask.js';
import { addressesOf } from '../canonical.js';
import type { Steps } from '../document/steps.js';
import type { DiffContext } from './context.js';
import { checkDevice, ensureDevice, removeDevice } from './devices.js';
import type { Draft } from './draft.js';
import type { ServiceFilter } from './pairs.js';
import { formatVip, VipSurvey } from './vip-survey.js';

/**
 * Plans the addresses of services on their device: bound when the services are there, taken away when the last one is
 * gone. Services that are not this owner's, and those that are left alone for now, keep theirs.
 */
export function* changeVirtualAddresses(
  context: DiffContext,
  foreign: readonly ServiceSnapshot[],
  held: readonly ServiceSnapshot[],
  only: ServiceFilter | undefined,
): Steps<void> {
  const { vips } = context.desired;
  if (vips === undefined) return;
  const all = context.actual.addresses;
  if (all === undefined) {
    context.lacks('the addresses of network devices', 'vips');
    return;
  }
  yield;
  const users = { declared: declaredAddresses(context), foreign: addressesOf(foreign) };
  const survey = new VipSurvey(context, vips, all, { ...users, held: addressesOf(held) });
  yield;
  const waiting = addressesWaiting(context, only);
  const { surplus } = survey;
  const missing = survey.missing.filter((address) => !waiting.has(address));
  const device = checkDevice(context, vips, missing.length > 0, surplus.length > 0);
  if (device === 'unusable') return;
  const ensured = device === 'missing' ? ensureDevice(context, vips) : undefined;
  const bound = bindAll(context, vips.device, missing, ensured);
  yield;
  const unbound = unbindAll(context, surplus, bound);
  yield;
  report(context, [...bound.values(), ...unbound]);
  context.tally.count('vips', 'unchanged', survey.bound);
  if (survey.isEmptied) removeDevice(context, vips, unbound);
}

function declaredAddresses({ desired, ownership }: DiffContext): Address[] {
  const covered = desired.services.filter((service) => ownership.covers(service));
  return [...addressesOf(covered)].sort(compareAddresses);
}

/** Addresses of which every service is left alone for now, and not there. */
function addressesWaiting(
  { desired, actual }: DiffContext,
  only: ServiceFilter | undefined,
): ReadonlySet<Address> {
  if (only === undefined) return new Set();
  const present = new Set(actual.services.map(({ id }) => id));
  const waits = ({ id }: DesiredService) => !only.has(id) && !present.has(id);
  const waiting = addressesOf(desired.services.filter(waits));
  const others = addressesOf(desired.services.filter((service) => !waits(service)));
  for (const address of others) waiting.delete(address);
  return waiting;
}

function bindAll(
  context: DiffContext,
  device: string,
  addresses: readonly Address[],
  ensured: Draft | undefined,
): Map<Address, Draft> {
  const services = byAddress(context.drafts.of('create', 'add-service'));
  const bound = new Map<Address, Draft>();
  for (const address of addresses) {
    const prefixLength = fullPrefix(familyOf(address));
    const before = services.get(address) ?? [];
    const draft = context.drafts.add({
      phase: 'bind',
      op: 'bind-vip',
      address: formatVip(address, prefixLength, device),
      before: null,
      after: { device, address, prefixLength },
      reason: 'vip',
      impact: ['new-connections'],
      dependsOn: ensured === undefined ? before : [ensured, ...before],
    });
    bound.set(address, draft);
  }
  return bound;
}

/** An address goes after its services, and one with the wrong prefix length after the right one has come. */
function unbindAll(
  context: DiffContext,
  surplus: readonly BoundAddress[],
  bound: ReadonlyMap<Address, Draft>,
): Draft[] {
  const services = byAddress(context.drafts.of('remove-service', 'del-service'));
  return surplus.map(({ device, address, prefixLength }) => {
    const right = bound.get(address);
    const before = services.get(address) ?? [];
    return context.drafts.add({
      phase: 'unbind',
      op: 'unbind-vip',
      address: formatVip(address, prefixLength, device),
      before: { device, address, prefixLength },
      after: null,
      reason: 'vip',
      impact: ['existing-flows'],
      dependsOn: right === undefined ? before : [right, ...before],
    });
  });
}

/** Operations on services by their addresses. */
function byAddress(drafts: readonly Draft[]): Map<Address, Draft[]> {
  const groups = new Map<Address, Draft[]>();
  for (const draft of drafts) {
    const address = addressOf(draft.before ?? draft.after);
    if (address === undefined) continue;
    const group = groups.get(address);
    if (group === undefined) groups.set(address, [draft]);
    else group.push(draft);
  }
  return groups;
}

function addressOf(object: OperationObject | null): Address | undefined {
  return object !== null && 'address' in object ? object.address : undefined;
}

/** For people to read: by address, of each what comes before what goes. */
function report({ tally }: DiffContext, drafts: readonly Draft[]): void {
  const changes = drafts.map((draft) => {
    const change: Change = {
      kind: 'vip',
      change: draft.op === 'bind-vip' ? 'add' : 'remove',
      address: draft.address ?? '',
    };
    tally.count('vips', draft.op === 'bind-vip' ? 'add' : 'remove');
    return { change, address: addressOf(draft.before ?? draft.after) ?? '' };
  });
  changes.sort((first, second) => compareAddresses(first.address, second.address));
  tally.changes.push(...changes.map(({ change }) => change));
}

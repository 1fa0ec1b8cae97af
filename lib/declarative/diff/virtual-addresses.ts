import type { Address } from '../../../types/address.js';
import type { BoundAddress } from '../../../types/device.js';
import type { DesiredVips } from '../../../types/document.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { compareAddresses, familyOf } from '../../model/address.js';
import { fullPrefix } from '../../model/netmask.js';
import type { DiffContext } from './context.js';
import type { Draft } from './draft.js';

/** The kind of device that holds virtual addresses. */
const dummy = 'dummy';

/** The text that a virtual address is known by: `10.9.0.1/32 on ipvs0`. */
export function formatVip(address: Address, prefixLength: number, device: string): string {
  return `${address}/${prefixLength} on ${device}`;
}

/** Operations on services by address: virtual addresses come after what makes them useful, and go after what needs them. */
export interface ServiceOperations {
  readonly added: ReadonlyMap<Address, readonly Draft[]>;
  readonly removed: ReadonlyMap<Address, readonly Draft[]>;
  /** Addresses of services that stay and are not this owner's. */
  readonly foreign: ReadonlySet<Address>;
}

/** Plans the addresses of services on their device. */
export function changeVirtualAddresses(
  context: DiffContext,
  vips: DesiredVips,
  operations: ServiceOperations,
): void {
  const all = context.actual.addresses;
  if (all === undefined) {
    context.lacks('addresses of network devices', 'vips');
    return;
  }
  const onDevice = all.filter(({ device }) => device === vips.device);
  const elsewhere = new Set<Address>();
  for (const { device, address } of all) if (device !== vips.device) elsewhere.add(address);

  const declared = declaredAddresses(context);
  const wanted = vips.bind === 'services' ? declared : vips.bind;
  const ensured = ensureDevice(context, vips, onDevice.length > 0, wanted.length > 0);
  if (ensured === 'failed') return;
  for (const address of wanted) {
    bind(context, vips, address, onDevice, elsewhere, operations, ensured);
  }
  const needed = new Set([...wanted, ...declared]);
  const unbound = unwanted(context, vips, onDevice, needed).flatMap((bound) =>
    unbind(context, bound, operations),
  );
  if (wanted.length === 0) removeDevice(context, vips, onDevice, unbound);
}

function declaredAddresses({ desired, ownership }: DiffContext): Address[] {
  const addresses = new Set<Address>();
  for (const service of desired.services) {
    if (!('fwmark' in service) && ownership.covers(service.id, service)) {
      addresses.add(service.address);
    }
  }
  return [...addresses].sort(compareAddresses);
}

function ensureDevice(
  context: DiffContext,
  { device: name, create }: DesiredVips,
  hasAddresses: boolean,
  isNeeded: boolean,
): Draft | undefined | 'failed' {
  const device = context.actual.devices?.[name];
  if (device != null && device.kind !== dummy) {
    const kind = device.kind === '' ? 'a device with hardware' : `of kind ${device.kind}`;
    const message = `the device ${name} is ${kind}, and virtual addresses go on a dummy`;
    context.fail('E_DEVICE_KIND', name, message, '/vips/device');
    return 'failed';
  }
  if (device != null || hasAddresses || !isNeeded) return undefined;
  if (!create) {
    const message = `there is no device ${name}, and "create" is false`;
    context.fail('E_DEVICE_KIND', name, message, '/vips/device');
    return 'failed';
  }
  context.tally.changes.push({ kind: 'device', change: 'add', address: name });
  return context.drafts.add({
    phase: 'device',
    op: 'ensure-device',
    address: name,
    before: null,
    after: { device: name },
    reason: 'vip',
    impact: ['none'],
  });
}

function bind(
  context: DiffContext,
  { device }: DesiredVips,
  address: Address,
  onDevice: readonly BoundAddress[],
  elsewhere: ReadonlySet<Address>,
  { added }: ServiceOperations,
  ensured: Draft | undefined,
): void {
  const family = familyOf(address);
  const prefixLength = fullPrefix(family);
  const name = formatVip(address, prefixLength, device);
  // An IPv6 address is on a device once, of whatever prefix length, and works with each.
  const isBound = onDevice.some(
    (bound) =>
      bound.address === address && (family === 'ipv6' || bound.prefixLength === prefixLength),
  );
  if (isBound) {
    context.tally.count('vips', 'unchanged');
    return;
  }
  if (elsewhere.has(address)) {
    const message = 'the address is on another device of this host, and stays there alone';
    context.warn('W_VIP_ELSEWHERE', name, message);
    return;
  }
  context.drafts.add({
    phase: 'bind',
    op: 'bind-vip',
    address: name,
    before: null,
    after: { device, address, prefixLength },
    reason: 'vip',
    impact: ['new-connections'],
    dependsOn: [...(ensured === undefined ? [] : [ensured]), ...(added.get(address) ?? [])],
  });
  context.tally.count('vips', 'add');
  context.tally.changes.push({ kind: 'vip', change: 'add', address: name });
}

/** What is on the device and should not be. */
function unwanted(
  { options }: DiffContext,
  { own }: DesiredVips,
  onDevice: readonly BoundAddress[],
  needed: ReadonlySet<Address>,
): BoundAddress[] {
  const recorded = new Set(options.record?.vips);
  return onDevice.filter((bound) => {
    const { address, prefixLength, device, scope } = bound;
    const isFull = prefixLength === fullPrefix(familyOf(address));
    if (scope !== 'global' && !(isFull && address.startsWith('127.'))) return false;
    if (own === 'declared' && !recorded.has(formatVip(address, prefixLength, device))) return false;
    if (!needed.has(address)) return true;
    // Of the right address, the wrong network.
    return !isFull && familyOf(address) === 'ipv4';
  });
}

function unbind(
  context: DiffContext,
  { device, address, prefixLength }: BoundAddress,
  { removed, foreign }: ServiceOperations,
): Draft[] {
  const name = formatVip(address, prefixLength, device);
  if (foreign.has(address)) {
    const message = 'a service of another owner uses the address, so that it stays';
    context.warn('W_VIP_FOREIGN', name, message);
    return [];
  }
  const services = removed.get(address) ?? [];
  const draft = context.drafts.add({
    phase: 'unbind',
    op: 'unbind-vip',
    address: name,
    before: { device, address, prefixLength },
    after: null,
    reason: 'vip',
    impact: ['existing-flows'],
    dependsOn: services,
  });
  context.tally.count('vips', 'remove');
  context.tally.changes.push({ kind: 'vip', change: 'remove', address: name });
  return [draft];
}

/** A device goes with its last address, where the addresses were this owner's, and with them the device. */
function removeDevice(
  context: DiffContext,
  { device, create, own }: DesiredVips,
  onDevice: readonly BoundAddress[],
  unbound: readonly Draft[],
): void {
  const isOurs = context.options.record?.vips.some((vip) => vip.endsWith(` on ${device}`)) === true;
  const staying = onDevice.filter(({ scope }) => scope !== 'link').length - unbound.length;
  if (!isOurs || !create || own !== 'device' || unbound.length === 0 || staying > 0) return;
  context.drafts.add({
    phase: 'cleanup',
    op: 'remove-device',
    address: device,
    before: { device },
    after: null,
    reason: 'vip',
    impact: ['none'],
    dependsOn: unbound,
  });
  context.tally.changes.push({ kind: 'device', change: 'remove', address: device });
}

/** The addresses of services that stay though this owner may not touch them. */
export function addressesOf(services: readonly ServiceSnapshot[]): Set<Address> {
  const addresses = new Set<Address>();
  for (const service of services) if (!('fwmark' in service)) addresses.add(service.address);
  return addresses;
}

import type { Address } from '../../types/address.js';
import type { AddressScope, BoundAddress, NetworkDevice } from '../../types/device.js';
import { compareAddresses, familyOf, parseAddress } from '../model/address.js';
import { fullPrefix } from '../model/netmask.js';
import { lastAddress } from './mask-address.js';
import { Refusal } from './refusal.js';

interface Device {
  readonly kind: string;
  addresses: BoundAddress[];
}

const dummy = 'dummy';
const loopback = 'lo';

/** The network devices of the namespace and their addresses. */
export class DeviceTable {
  readonly #devices = new Map<string, Device>();
  #knowsIpv4 = false;

  /** With its loopback up, as every namespace that is in use has it, or down and without addresses. */
  constructor(loopbackUp: boolean) {
    this.add(loopback, '');
    if (!loopbackUp) return;
    this.addAddress(loopback, '127.0.0.1', 8);
    this.addAddress(loopback, '::1', 128);
  }

  /** By name. */
  all(): NetworkDevice[] {
    return [...this.#devices]
      .map(([name, { kind }]) => ({ name, kind }))
      .sort((first, second) => (first.name < second.name ? -1 : 1));
  }

  get(name: string): NetworkDevice | undefined {
    const device = this.#devices.get(name);
    return device === undefined ? undefined : { name, kind: device.kind };
  }

  /** Makes a device of whatever kind, as another program does. */
  add(name: string, kind: string): void {
    if (this.#devices.has(name)) throw new Refusal('EEXIST');
    this.#devices.set(name, { kind, addresses: [] });
  }

  /** Removes a device of whatever kind with its addresses. */
  remove(name: string): void {
    this.#present(name);
    this.#devices.delete(name);
  }

  /** Answers whether it had to be made. */
  ensureDummy(name: string): boolean {
    const device = this.#devices.get(name);
    if (device === undefined) {
      this.add(name, dummy);
      return true;
    }
    if (device.kind !== dummy) throw new Refusal('EEXIST', { kind: device.kind });
    return false;
  }

  removeDummy(name: string): void {
    const { kind } = this.#present(name);
    if (kind !== dummy) throw new Refusal('EEXIST', { kind });
    this.remove(name);
  }

  /** By the device's name, then family, address and prefix length. */
  list(name?: string): BoundAddress[] {
    const devices = name === undefined ? [...this.#devices.values()] : [this.#present(name)];
    return devices.flatMap(({ addresses }) => addresses).sort(compareBound);
  }

  /** An IPv4 address can stand beside itself with another prefix length, an IPv6 one cannot. */
  addAddress(name: string, address: Address, prefixLength: number, scope?: AddressScope): void {
    const device = this.#present(name);
    if (address === '::1' && name !== loopback) throw new Refusal('EADDRNOTAVAIL');
    const isIpv6 = familyOf(address) === 'ipv6';
    const isThere = device.addresses.some(
      (each) => each.address === address && (isIpv6 || each.prefixLength === prefixLength),
    );
    if (isThere) throw new Refusal('EEXIST');
    if (!isIpv6) this.#knowsIpv4 = true;
    const bound = { device: name, address, prefixLength, scope: scope ?? scopeOf(address) };
    device.addresses = [...device.addresses, bound];
  }

  removeAddress(name: string, address: Address, prefixLength: number): void {
    const device = this.#present(name);
    const others = device.addresses.filter(
      (each) => each.address !== address || each.prefixLength !== prefixLength,
    );
    if (others.length === device.addresses.length) throw new Refusal('EADDRNOTAVAIL');
    device.addresses = others;
  }

  /** Whether the kernel takes an address for one that a destination can have. */
  isDestination(address: Address): boolean {
    const parsed = parseAddress(address);
    if (parsed?.family === 'ipv6') {
      const isLocal = () => this.list().some((each) => each.address === address);
      return parsed.kind === 'unicast' || parsed.kind === 'mapped' || isLocal();
    }
    return parsed?.kind === 'unicast' && this.#knowsIpv4 && !this.#isBroadcast(address);
  }

  /** The last address of a network that a device is part of. */
  #isBroadcast(address: Address): boolean {
    return this.list().some(
      (each) =>
        familyOf(each.address) === 'ipv4' &&
        each.prefixLength < fullPrefix('ipv4') - 1 &&
        lastAddress(each.address, each.prefixLength) === address,
    );
  }

  #present(name: string): Device {
    const device = this.#devices.get(name);
    if (device === undefined) throw new Refusal('ENODEV');
    return device;
  }
}

/** The scope that the kernel gives an IPv6 address, and the library an IPv4 one. */
function scopeOf(address: Address): AddressScope {
  if (familyOf(address) === 'ipv4') return address.startsWith('127.') ? 'host' : 'global';
  if (address === '::1') return 'host';
  if (/^fe[89ab]/.test(address)) return 'link';
  return /^fe[cdef]/.test(address) ? 'site' : 'global';
}

function compareBound(one: BoundAddress, other: BoundAddress): number {
  if (one.device !== other.device) return one.device < other.device ? -1 : 1;
  return compareAddresses(one.address, other.address) || one.prefixLength - other.prefixLength;
}

import type { Address } from '../../../types/address.js';
import type { BoundAddress } from '../../../types/device.js';
import type { DesiredVips } from '../../../types/document.js';
import { compareAddresses, familyOf } from '../../model/address.js';
import { fullPrefix } from '../../model/netmask.js';
import type { DiffContext } from './context.js';

/** The text that a virtual address is known by: `10.9.0.1/32 on ipvs0`. */
export function formatVip(address: Address, prefixLength: number, device: string): string {
  return `${address}/${prefixLength} on ${device}`;
}

/** Who uses an address. */
export interface AddressUsers {
  readonly declared: readonly Address[];
  /** Services of other owners. */
  readonly foreign: ReadonlySet<Address>;
  /** Services of this owner that are left alone for now. */
  readonly held: ReadonlySet<Address>;
}

/** What of the addresses on a device is missing there, and what should not be. */
export class VipSurvey {
  /** In canonical order. */
  readonly missing: readonly Address[];
  /** In canonical order. */
  readonly surplus: readonly BoundAddress[];
  /** How many of those wanted are there. */
  readonly bound: number;
  /** Whether nothing is wanted on the device, and nothing is left of what it has. */
  readonly isEmptied: boolean;
  readonly #context: DiffContext;
  readonly #vips: DesiredVips;
  readonly #users: AddressUsers;
  readonly #wanted: ReadonlySet<Address>;
  readonly #declared: ReadonlySet<Address>;
  readonly #onDevice = new Map<Address, BoundAddress[]>();
  readonly #elsewhere = new Set<Address>();
  readonly #recorded: ReadonlySet<string>;

  constructor(
    context: DiffContext,
    vips: DesiredVips,
    all: readonly BoundAddress[],
    users: AddressUsers,
  ) {
    this.#context = context;
    this.#vips = vips;
    this.#users = users;
    this.#recorded = new Set(context.options.record?.vips);
    const wanted = vips.bind === 'services' ? users.declared : vips.bind;
    this.#wanted = new Set(wanted);
    this.#declared = new Set(users.declared);
    for (const bound of all) this.#place(bound);

    const unbound = wanted.filter((address) => !this.#isBound(address));
    this.bound = wanted.length - unbound.length;
    this.missing = unbound.filter((address) => !this.#isElsewhere(address));
    const missing = new Set(this.missing);
    const own = all.filter(({ device }) => device === vips.device).sort(compareBound);
    this.surplus = own.filter((bound) => this.#isSurplus(bound, missing));
    const staying = own.filter(({ scope }) => scope !== 'link').length - this.surplus.length;
    this.isEmptied = wanted.length === 0 && staying === 0;
  }

  #place(bound: BoundAddress): void {
    if (bound.device !== this.#vips.device) {
      this.#elsewhere.add(bound.address);
      return;
    }
    const others = this.#onDevice.get(bound.address);
    if (others === undefined) this.#onDevice.set(bound.address, [bound]);
    else others.push(bound);
  }

  /**
   * An IPv6 address is on a device once, of whatever prefix length, and works with each. One of IPv4 with another prefix
   * length will do where the address is on another device as well, since what is there cannot be bound anew.
   */
  #isBound(address: Address): boolean {
    const bound = this.#onDevice.get(address) ?? [];
    return (
      bound.some(isFull) ||
      (bound.length > 0 && (familyOf(address) === 'ipv6' || this.#elsewhere.has(address)))
    );
  }

  #isElsewhere(address: Address): boolean {
    if (!this.#elsewhere.has(address)) return false;
    const name = formatVip(address, fullPrefix(familyOf(address)), this.#vips.device);
    const message = 'the address is on another device of this host, and stays there alone';
    this.#context.warn('W_VIP_ELSEWHERE', name, message);
    return true;
  }

  #isSurplus(bound: BoundAddress, missing: ReadonlySet<Address>): boolean {
    const { address, prefixLength, device } = bound;
    const name = formatVip(address, prefixLength, device);
    if (!this.#isOwn(bound, name)) return false;
    if (this.#wanted.has(address)) {
      // Of the right address, the wrong network: it goes when the right one is there.
      if (isFull(bound) || familyOf(address) === 'ipv6') return false;
      if (!missing.has(address) && !this.#onDevice.get(address)?.some(isFull)) return false;
    } else if (this.#declared.has(address)) {
      return false;
    }
    if (this.#users.foreign.has(address)) {
      const message = 'a service of another owner uses the address, so that it stays';
      this.#context.warn('W_VIP_FOREIGN', name, message);
      return false;
    }
    return !this.#users.held.has(address);
  }

  /** Whether an address on the device is one that this owner may take away. */
  #isOwn(bound: BoundAddress, name: string): boolean {
    const { address, scope } = bound;
    // A virtual address of the loopback network has the scope of the host, wherever it is bound.
    if (scope !== 'global' && !(isFull(bound) && address.startsWith('127.'))) return false;
    if (this.#vips.own === 'device') return true;
    return this.#recorded.has(name);
  }
}

function isFull({ address, prefixLength }: BoundAddress): boolean {
  return prefixLength === fullPrefix(familyOf(address));
}

function compareBound(first: BoundAddress, second: BoundAddress): number {
  return (
    compareAddresses(first.address, second.address) || first.prefixLength - second.prefixLength
  );
}

import { type RawDestination, type RawService, serviceFlag } from '../raw.js';
import { foldAddress } from '../service-hash.js';
import { mhTableSize } from '../service-table.js';
import { isUsable, type Packet, type Schedule } from './scheduler.js';

/** Slots of the tables of `sh` and `dh`. */
const tableSize = 256;

/** The kernel's `hash_32`, to 8 bits. */
function hash(value: number): number {
  return Math.imul(value, 0x61c88647) >>> 24;
}

/** The port of the client counts only with the flag for it. */
function portOf({ flags }: RawService, { port }: Packet): number {
  return (flags & serviceFlag.scheduler2) === 0 ? 0 : port;
}

/** Each destination in as many slots in a row as it has weight, and in at least one, from the newest on. */
function slotsByWeight(destinations: readonly RawDestination[]): RawDestination[] {
  const slots: RawDestination[] = [];
  for (let index = 0; slots.length < tableSize && destinations.length > 0; index += 1) {
    const destination = destinations[index % destinations.length] as RawDestination;
    const count = Math.min(Math.max(1, destination.weight), tableSize - slots.length);
    for (let slot = 0; slot < count; slot += 1) slots.push(destination);
  }
  return slots;
}

export const sourceHash: Schedule = (service, packet) => {
  const slots = slotsByWeight(service.destinations);
  const key = (portOf(service, packet) + foldAddress(packet.client)) >>> 0;
  const slotAt = (offset: number) => slots[(offset + hash(key)) % tableSize];
  const first = slotAt(0);
  if (first === undefined || isUsable(first)) return first;
  if ((service.flags & serviceFlag.scheduler1) === 0) return undefined;
  for (let offset = 0; offset < tableSize; offset += 1) {
    const other = slotAt((offset + hash(key)) % tableSize);
    if (other !== undefined && isUsable(other)) return other;
  }
  return undefined;
};

/** By the address that the client asks for, without regard to weights; there is no fallback. */
export const destinationHash: Schedule = ({ destinations }, { virtual }) => {
  const slot = hash(foldAddress(virtual));
  const destination = destinations[slot % Math.max(1, destinations.length)];
  return destination !== undefined && isUsable(destination) ? destination : undefined;
};

/**
 * Every destination claims free slots of the table in an order of its own, in turn and as many as its last weight above
 * 0 says, so that one that comes, goes or rests moves few clients of the others.
 */
function mhTable(destinations: readonly RawDestination[]): readonly RawDestination[] {
  const table: RawDestination[] = [];
  if (destinations.length === 0 || destinations.length > mhTableSize) return table;
  const claims = destinations.map((destination) => {
    const key = foldAddress(destination.key.address) ^ destination.key.port;
    return {
      destination,
      next: mix(key, 0x9e3779b1) % mhTableSize,
      skip: (mix(key, 0x85ebca77) % (mhTableSize - 1)) + 1,
      turns: Math.min(Math.max(1, destination.lastWeight), 64),
    };
  });
  for (let left = mhTableSize; left > 0; ) {
    for (const claim of claims) {
      for (let turn = 0; turn < claim.turns && left > 0; turn += 1, left -= 1) {
        while (table[claim.next] !== undefined)
          claim.next = (claim.next + claim.skip) % mhTableSize;
        table[claim.next] = claim.destination;
      }
    }
  }
  return table;
}

/** A table, and what it was made of: the list itself is another one whenever a destination comes or goes. */
interface MadeTable {
  readonly destinations: readonly RawDestination[];
  readonly weights: string;
  readonly table: readonly RawDestination[];
}

const tables = new WeakMap<RawService, MadeTable>();

function mhTableOf(service: RawService): readonly RawDestination[] {
  const { destinations } = service;
  const weights = destinations.map(({ lastWeight }) => lastWeight).join();
  let entry = tables.get(service);
  if (entry?.destinations !== destinations || entry.weights !== weights) {
    entry = { destinations, weights, table: mhTable(destinations) };
    tables.set(service, entry);
  }
  return entry.table;
}

export const maglevHash: Schedule = (service, packet) => {
  const table = mhTableOf(service);
  const key = foldAddress(packet.client) ^ portOf(service, packet);
  const slotAt = (offset: number) => table[mix(key + offset, 0xc2b2ae3d) % mhTableSize];
  const first = slotAt(0);
  if (first === undefined || isUsable(first)) return first;
  if ((service.flags & serviceFlag.scheduler1) === 0) return undefined;
  for (let offset = 0; offset < mhTableSize; offset += 1) {
    const other = slotAt(offset);
    if (other !== undefined && isUsable(other)) return other;
  }
  return undefined;
};

/** Spreads a number over 32 bits. */
function mix(value: number, salt: number): number {
  let mixed = Math.imul(value ^ salt, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

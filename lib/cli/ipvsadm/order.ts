import type { Address } from '../../../types/address.js';
import type { ObservedDestination } from '../../../types/destination.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { familyOf, writeAddress } from '../../model/address.js';
import { protocolNumber } from '../../model/protocol.js';
import { serviceFamily } from '../../model/service-id.js';

/** The numbers by which things are compared, the most important first. */
type Key = readonly number[];

/**
 * Orders services as `ipvsadm` does: by mark, family, protocol, address and port. Like it, it compares numbers of 32 bits by
 * their difference, which is wrong from 2^31 on: 192.0.2.1 comes before 10.0.0.1.
 */
export function orderServices(services: readonly ServiceSnapshot[]): ServiceSnapshot[] {
  const keyOf = (service: ServiceSnapshot): Key => {
    const family = serviceFamily(service) === 'ipv4' ? 2 : 10;
    if ('fwmark' in service) return [service.fwmark, family];
    const { protocol, address, port } = service;
    return [0, family, protocolNumber(protocol), ...numbersOf(address), port];
  };
  return orderBy(services, keyOf, compare);
}

/**
 * Orders destinations as `ipvsadm` does: by address and port. It looks at no family: of an IPv4 address and an IPv6 one the
 * first 32 bits are compared, or, with the IPv6 one on the left, all 128.
 */
export function orderDestinations(
  destinations: readonly ObservedDestination[],
): ObservedDestination[] {
  return orderBy(
    destinations,
    ({ address, port }) => {
      const numbers = numbersOf(address);
      return { numbers: [...numbers, 0, 0, 0].slice(0, 4), compared: numbers.length, port };
    },
    (first, second) =>
      compare(first.numbers.slice(0, first.compared), second.numbers) || first.port - second.port,
  );
}

const bytes = new Uint8Array(16);
const view = new DataView(bytes.buffer);

/** An address as one number, or four. */
function numbersOf(address: Address): number[] {
  writeAddress(address, bytes, 0);
  const count = familyOf(address) === 'ipv4' ? 1 : 4;
  return Array.from({ length: count }, (_, index) => view.getUint32(index * 4));
}

/** Below or above 0 where the first comes before the second or behind it. */
type Compare<Each> = (first: Each, second: Each) => number;

function orderBy<Thing, Each>(
  things: readonly Thing[],
  keyOf: (thing: Thing) => Each,
  compare: Compare<Each>,
): Thing[] {
  const keyed = things.map((thing) => ({ key: keyOf(thing), thing }));
  return mergeSort(keyed, (first, second) => compare(first.key, second.key)).map(
    ({ thing }) => thing,
  );
}

/** The C library's: where the comparison goes in circles the result depends on the way. */
function mergeSort<Each>(things: readonly Each[], compare: Compare<Each>): Each[] {
  if (things.length <= 1) return [...things];
  const middle = things.length >> 1;
  const first = mergeSort(things.slice(0, middle), compare);
  const second = mergeSort(things.slice(middle), compare);
  const merged: Each[] = [];
  let left = 0;
  let right = 0;
  while (left < first.length && right < second.length) {
    const one = first[left] as Each;
    const other = second[right] as Each;
    const isFirst = compare(one, other) <= 0;
    merged.push(isFirst ? one : other);
    if (isFirst) left += 1;
    else right += 1;
  }
  return [...merged, ...first.slice(left), ...second.slice(right)];
}

function compare(first: Key, second: Key): number {
  for (const [index, number] of first.entries()) {
    const difference = (number - (second[index] ?? 0)) | 0;
    if (difference !== 0) return difference;
  }
  return 0;
}

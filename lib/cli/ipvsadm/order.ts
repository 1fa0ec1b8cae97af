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
  return orderBy(services, (service) => {
    const family = serviceFamily(service) === 'ipv4' ? 2 : 10;
    if ('fwmark' in service) return [service.fwmark, family];
    const { protocol, address, port } = service;
    return [0, family, protocolNumber(protocol), ...numbersOf(address), port];
  });
}

/** Orders destinations as `ipvsadm` does: by family, address and port. */
export function orderDestinations(
  destinations: readonly ObservedDestination[],
): ObservedDestination[] {
  return orderBy(destinations, ({ address, port }) => [
    familyOf(address) === 'ipv4' ? 2 : 10,
    ...numbersOf(address),
    port,
  ]);
}

const bytes = new Uint8Array(16);
const view = new DataView(bytes.buffer);

/** An address as one number, or four. */
function numbersOf(address: Address): number[] {
  writeAddress(address, bytes, 0);
  const count = familyOf(address) === 'ipv4' ? 1 : 4;
  return Array.from({ length: count }, (_, index) => view.getUint32(index * 4));
}

function orderBy<Thing>(things: readonly Thing[], keyOf: (thing: Thing) => Key): Thing[] {
  const keyed = things.map((thing) => ({ key: keyOf(thing), thing }));
  return mergeSort(keyed).map(({ thing }) => thing);
}

interface Keyed<Thing> {
  readonly key: Key;
  readonly thing: Thing;
}

/** The C library's: where the comparison goes in circles the result depends on the way. */
function mergeSort<Thing>(things: readonly Keyed<Thing>[]): Keyed<Thing>[] {
  if (things.length <= 1) return [...things];
  const middle = things.length >> 1;
  const first = mergeSort(things.slice(0, middle));
  const second = mergeSort(things.slice(middle));
  const merged: Keyed<Thing>[] = [];
  let left = 0;
  let right = 0;
  while (left < first.length && right < second.length) {
    const one = first[left] as Keyed<Thing>;
    const other = second[right] as Keyed<Thing>;
    const isFirst = compare(one.key, other.key) <= 0;
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

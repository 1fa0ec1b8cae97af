import type { DestinationId, ObservedDestination } from '../../../types/destination.js';
import type { ServiceId } from '../../../types/service.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import type { NumberColumn } from './columns.js';

/** What the rows are ordered by: a column, or the canonical order. */
export interface Sort {
  readonly column: NumberColumn | 'service';
  /** Numbers begin with the largest, names with the first, unless it is reversed. */
  readonly isReversed: boolean;
}

/** Which rows there are, and in what order. */
export interface RowOptions {
  readonly filter: string;
  readonly sort: Sort;
  readonly isFolded: (service: ServiceId) => boolean;
}

/** A service and those of its destinations that have rows. */
export interface Group {
  readonly service: ServiceSnapshot;
  readonly isFolded: boolean;
  /** Index of the service's row; those of its destinations follow. */
  readonly first: number;
  /** How many rows there are. */
  readonly size: number;
  /** In order. They are sorted when they are asked for. */
  destinations(): readonly ObservedDestination[];
}

/** Every row there is, without one being made. */
export interface Arrangement {
  readonly groups: readonly Group[];
  /** How many rows there are. */
  readonly size: number;
}

/** A row: a service, or one of its destinations. */
export interface Row {
  readonly service: ServiceSnapshot;
  readonly isFolded: boolean;
  readonly destination?: ObservedDestination;
}

/** What a row is known by from one reading to the next. */
export interface RowKey {
  readonly service: ServiceId;
  readonly destination?: DestinationId;
}

export const noRows: Arrangement = { groups: [], size: 0 };

/** Puts services and destinations in order. */
export function arrange(
  services: readonly ServiceSnapshot[],
  { filter, sort, isFolded }: RowOptions,
): Arrangement {
  const matches = matcher(filter);
  const found = services.flatMap((service) => {
    const destinations = matchingDestinations(service, matches);
    return destinations === undefined ? [] : [{ service, destinations }];
  });
  const ordered = inOrder(found, sort, (column, { service }) => column.ofService(service));
  const groups: Group[] = [];
  let first = 0;
  for (const { service, destinations } of ordered) {
    const folded = isFolded(service.id);
    const size = folded ? 1 : 1 + destinations.length;
    let sorted: readonly ObservedDestination[] | undefined;
    groups.push({
      service,
      isFolded: folded,
      first,
      size,
      destinations() {
        sorted ??= inOrder(destinations, sort, (column, each) => column.ofDestination(each));
        return sorted;
      },
    });
    first += size;
  }
  return { groups, size: first };
}

/** Some of the rows, from an index on. Only these are made. */
export function rowsFrom({ groups }: Arrangement, from: number, count: number): Row[] {
  const rows: Row[] = [];
  for (let place = groupAt(groups, from); place < groups.length; place += 1) {
    const { service, isFolded, first, size, destinations } = groups[place] as Group;
    if (first >= from + count) break;
    if (first >= from) rows.push({ service, isFolded });
    const begin = Math.max(0, from - first - 1);
    const end = Math.min(size - 1, from + count - first - 1);
    if (begin >= end) continue;
    for (const destination of destinations().slice(begin, end)) {
      rows.push({ service, isFolded, destination });
    }
  }
  return rows;
}

/** The row at an index. */
export function rowAt(arrangement: Arrangement, index: number): Row | undefined {
  return rowsFrom(arrangement, index, 1)[0];
}

/** Where a row is now; that of its service where it has none itself. */
export function indexOf({ groups }: Arrangement, key: RowKey): number | undefined {
  const group = groups.find(({ service }) => service.id === key.service);
  if (group === undefined) return undefined;
  if (key.destination === undefined || group.isFolded) return group.first;
  return group.first + 1 + group.destinations().findIndex(({ id }) => id === key.destination);
}

/** What a row is known by. */
export function keyOf({ service, destination }: Row): RowKey {
  return destination === undefined
    ? { service: service.id }
    : { service: service.id, destination: destination.id };
}

/** The last group that begins at an index or before it. */
function groupAt(groups: readonly Group[], index: number): number {
  let low = 0;
  let high = groups.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((groups[middle] as Group).first <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}

function matcher(filter: string): ((text: string) => boolean) | undefined {
  const wanted = filter.trim().toLowerCase();
  return wanted === '' ? undefined : (text) => text.toLowerCase().includes(wanted);
}

/** All destinations of a service that matches, or those that match; nothing where none does. */
function matchingDestinations(
  service: ServiceSnapshot,
  matches: ((text: string) => boolean) | undefined,
): readonly ObservedDestination[] | undefined {
  const { id, scheduler, destinations } = service;
  if (matches === undefined || matches(`${id} ${scheduler}`)) return destinations;
  const found = destinations.filter((each) => matches(`${each.id} ${each.forward}`));
  return found.length === 0 ? undefined : found;
}

function inOrder<Thing>(
  things: readonly Thing[],
  { column, isReversed }: Sort,
  measure: (column: NumberColumn, thing: Thing) => number | bigint,
): readonly Thing[] {
  if (column === 'service') return isReversed ? things.toReversed() : things;
  const valued = things.map((thing) => ({ thing, value: measure(column, thing) }));
  const sign = isReversed ? 1 : -1;
  valued.sort((one, other) =>
    one.value < other.value ? -sign : one.value > other.value ? sign : 0,
  );
  return valued.map(({ thing }) => thing);
}

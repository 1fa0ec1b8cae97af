import type { ObservedDestination } from '../../../types/destination.js';
import type { Lazy } from '../../../types/lazy.js';
import type { Records } from '../records/records.js';
import type { TablePart } from '../table-reader.js';
import { LazyDestination } from './lazy-destination.js';

/** The parts of a snapshot that hold its destinations. */
export class DestinationParts {
  readonly records: Records;
  readonly #parts: readonly TablePart[];
  /** All but the last hold equally many. */
  readonly #perPart: number;

  constructor(records: Records, parts: readonly TablePart[]) {
    this.records = records;
    this.#parts = parts;
    this.#perPart = parts[0]?.count ?? 1;
  }

  partOf(place: number): TablePart {
    return this.#parts[Math.floor(place / this.#perPart)] as TablePart;
  }

  /** The place of a destination in its part. */
  indexOf(place: number): number {
    return place % this.#perPart;
  }
}

/** The destinations of one service in a snapshot: a run of records, in canonical order. */
export class PackedDestinations {
  readonly #table: DestinationParts;
  readonly #start: number;
  readonly #count: number;

  constructor(table: DestinationParts, start: number, count: number) {
    this.#table = table;
    this.#start = start;
    this.#count = count;
  }

  get records(): Records {
    return this.#table.records;
  }

  /** Whether the records have the settings that are packed, in that order: see {@link Records.packSettings}. */
  hasSettings(packed: Uint32Array): boolean {
    const { services, destinations } = this.#table.records;
    const perDestination = destinations.writtenSize >> 2;
    let from = services.writtenSize >> 2;
    if (packed.length !== from + this.#count * perDestination) return false;
    for (let each = 0; each < this.#count; each += 1, from += perDestination) {
      const place = this.#start + each;
      const { words } = this.#table.partOf(place);
      const index = this.#table.indexOf(place);
      if (!destinations.hasSettings(words, index, packed, from)) return false;
    }
    return true;
  }

  lazily(): Lazy<ObservedDestination>[] {
    const { destinations } = this.records;
    return this.#map((part, index) => new LazyDestination(destinations, part, index));
  }

  plainly(): ObservedDestination[] {
    const { destinations } = this.records;
    return this.#map((part, index) =>
      destinations.readAt(part.view, index, destinations.readAddress(part, index)),
    );
  }

  #map<Value>(make: (part: TablePart, index: number) => Value): Value[] {
    const values: Value[] = [];
    for (let each = 0; each < this.#count; each += 1) {
      const place = this.#start + each;
      values.push(make(this.#table.partOf(place), this.#table.indexOf(place)));
    }
    return values;
  }
}

import type { ObservedDestination } from '../../../types/destination.js';
import type { Lazy } from '../../../types/lazy.js';
import type { DestinationRecords } from '../records/destination-records.js';
import type { TablePart } from '../table-reader.js';
import { LazyDestination } from './lazy-destination.js';

/** The parts of a snapshot that hold its destinations. */
export class DestinationParts {
  readonly records: DestinationRecords;
  readonly #parts: readonly TablePart[];
  /** All but the last hold equally many. */
  readonly #perPart: number;

  constructor(records: DestinationRecords, parts: readonly TablePart[]) {
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

  get records(): DestinationRecords {
    return this.#table.records;
  }

  /** Whether the records have these settings, in this order: see {@link DestinationRecords.packSettings}. */
  hasSettings(packed: Uint32Array): boolean {
    const { records } = this.#table;
    if (packed.length !== this.#count * records.wordsPerSettings) return false;
    for (let each = 0; each < this.#count; each += 1) {
      const place = this.#start + each;
      const { words } = this.#table.partOf(place);
      if (!records.hasSettings(words, this.#table.indexOf(place), packed, each)) return false;
    }
    return true;
  }

  lazily(): Lazy<ObservedDestination>[] {
    return this.#map((part, index) => new LazyDestination(this.records, part, index));
  }

  plainly(): ObservedDestination[] {
    const { records } = this;
    return this.#map((part, index) =>
      records.readAt(part.view, index, records.readAddress(part, index)),
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

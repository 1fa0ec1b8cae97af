import type { Lazy } from '../../../types/lazy.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import type { Records } from '../records/records.js';
import type { TablePart } from '../table-reader.js';
import { lazyServiceSnapshot } from './lazy-service.js';
import { DestinationParts, PackedDestinations } from './packed-destinations.js';

/** The services of a snapshot, each with the run of records that are its destinations. */
export class LazyServices {
  readonly services: Lazy<ServiceSnapshot>[] = [];
  readonly #records: Records;
  /** Where the destinations of each service begin, and how many it has. */
  readonly #starts: Uint32Array;
  readonly #counts: Uint32Array;
  readonly #destinations: DestinationParts;
  #counted = 0;

  constructor(records: Records, services: number, parts: readonly TablePart[]) {
    this.#records = records;
    this.#starts = new Uint32Array(services);
    this.#counts = new Uint32Array(services);
    this.#destinations = new DestinationParts(records, parts);
  }

  /** First all parts with destinations, in order. */
  countDestinations(part: TablePart): void {
    const { destinations } = this.#records;
    for (let index = 0; index < part.count; index += 1) {
      const service = destinations.serviceOf(part.view, index);
      const count = this.#counts[service] as number;
      if (count === 0) this.#starts[service] = this.#counted + index;
      this.#counts[service] = count + 1;
    }
    this.#counted += part.count;
  }

  /** Then all parts with services, in order. */
  addServices(part: TablePart): void {
    for (let index = 0; index < part.count; index += 1) {
      const service = this.services.length;
      const start = this.#starts[service] as number;
      const count = this.#counts[service] as number;
      const packed = new PackedDestinations(this.#destinations, start, count);
      this.services.push(lazyServiceSnapshot(this.#records.services, part, index, packed));
    }
  }
}

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
  /** How many destinations each service has. */
  readonly #counts: Uint32Array;
  readonly #destinations: DestinationParts;
  #start = 0;

  constructor(records: Records, services: number, parts: readonly TablePart[]) {
    this.#records = records;
    this.#counts = new Uint32Array(services);
    this.#destinations = new DestinationParts(records.destinations, parts);
  }

  /** First all parts with destinations, in order. */
  countDestinations(part: TablePart): void {
    const { destinations } = this.#records;
    for (let index = 0; index < part.count; index += 1) {
      const place = destinations.serviceOf(part.view, index);
      this.#counts[place] = (this.#counts[place] as number) + 1;
    }
  }

  /** Then all parts with services, in order. */
  addServices(part: TablePart): void {
    for (let index = 0; index < part.count; index += 1) {
      const count = this.#counts[this.services.length] as number;
      const packed = new PackedDestinations(this.#destinations, this.#start, count);
      this.services.push(lazyServiceSnapshot(this.#records.services, part, index, packed));
      this.#start += count;
    }
  }
}

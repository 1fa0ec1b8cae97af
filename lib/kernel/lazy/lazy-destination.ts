import type { Address } from '../../../types/address.js';
import type {
  DestinationId,
  ObservedDestination,
  ObservedForward,
  Tunnel,
} from '../../../types/destination.js';
import type { Lazy } from '../../../types/lazy.js';
import type { Stats } from '../../../types/stats.js';
import { LazyObject } from '../../model/lazy-object.js';
import type { DestinationRecords } from '../records/destination-records.js';
import type { TablePart } from '../table-reader.js';

/** A destination that reads its record when it is asked. */
export class LazyDestination
  extends LazyObject<ObservedDestination>
  implements Lazy<ObservedDestination>
{
  readonly #records: DestinationRecords;
  readonly #part: TablePart;
  readonly #index: number;

  constructor(records: DestinationRecords, part: TablePart, index: number) {
    super();
    this.#records = records;
    this.#part = part;
    this.#index = index;
  }

  get id(): DestinationId {
    return this.#records.readId(this.#part.view, this.#index, this.address);
  }

  get address(): Address {
    return this.#records.readAddress(this.#part, this.#index);
  }

  get port(): number {
    return this.#records.readPort(this.#part.view, this.#index);
  }

  get forward(): ObservedForward {
    return this.#records.readForward(this.#part.view, this.#index);
  }

  get weight(): number {
    return this.#records.readWeight(this.#part.view, this.#index);
  }

  get upperThreshold(): number {
    return this.#records.readUpperThreshold(this.#part.view, this.#index);
  }

  get lowerThreshold(): number {
    return this.#records.readLowerThreshold(this.#part.view, this.#index);
  }

  // Absent from an object and undefined here come to the same for whoever reads it.
  get tunnel(): Tunnel {
    if (this.forward !== 'tunnel') return undefined as unknown as Tunnel;
    return this.#records.readTunnel(this.#part.view, this.#index);
  }

  get activeConnections(): number {
    return this.#records.readActiveConnections(this.#part.view, this.#index);
  }

  get inactiveConnections(): number {
    return this.#records.readInactiveConnections(this.#part.view, this.#index);
  }

  get persistentConnections(): number {
    return this.#records.readPersistentConnections(this.#part.view, this.#index);
  }

  get stats(): Stats {
    return this.#records.readStats(this.#part.view, this.#index);
  }

  toObject(): ObservedDestination {
    return this.#records.readAt(this.#part.view, this.#index, this.address);
  }
}

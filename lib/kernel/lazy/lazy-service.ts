import type { Address, Family } from '../../../types/address.js';
import type { ObservedDestination } from '../../../types/destination.js';
import type { Lazy } from '../../../types/lazy.js';
import type {
  ObservedProtocol,
  ObservedService,
  Persistence,
  Scheduler,
  SchedulerFlag,
  ServiceId,
} from '../../../types/service.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import type { Stats } from '../../../types/stats.js';
import { LazyObject } from '../../model/lazy-object.js';
import { protocolName } from '../../model/protocol.js';
import { type CompleteServiceKey, formatServiceId } from '../../model/service-id.js';
import type { ServiceRecords } from '../records/service-records.js';
import type { TablePart } from '../table-reader.js';
import type { PackedDestinations } from './packed-destinations.js';

/** A service that reads its record when it is asked. */
abstract class LazyService extends LazyObject<ObservedService> {
  readonly #records: ServiceRecords;
  readonly #part: TablePart;
  readonly #index: number;
  /** Those of the service; absent where it was listed alone. */
  readonly packedDestinations: PackedDestinations | undefined;
  #id: ServiceId | undefined;
  #destinations: readonly Lazy<ObservedDestination>[] | undefined;

  constructor(
    records: ServiceRecords,
    part: TablePart,
    index: number,
    packedDestinations: PackedDestinations | undefined,
  ) {
    super();
    this.#records = records;
    this.#part = part;
    this.#index = index;
    this.packedDestinations = packedDestinations;
  }

  /** Put together once: a service is looked up by it again and again. */
  get id(): ServiceId {
    this.#id ??= formatServiceId(this.key);
    return this.#id;
  }

  get scheduler(): Scheduler {
    return this.#records.readScheduler(this.#index, this.#part.lines);
  }

  get schedulerFlags(): readonly SchedulerFlag[] {
    return this.#records.readSchedulerFlags(this.#part.view, this.#index, this.#part.lines);
  }

  // Absent from an object and undefined here come to the same for whoever reads it.
  get persistence(): Persistence {
    const { view, lines } = this.#part;
    return this.#records.readPersistence(view, this.#index, lines) as Persistence;
  }

  get onePacket(): boolean {
    return this.#records.readOnePacket(this.#part.view, this.#index);
  }

  get unknownFlags(): number {
    return this.#records.readUnknownFlags(this.#part.view, this.#index) as number;
  }

  get stats(): Stats {
    return this.#records.readStats(this.#part.view, this.#index);
  }

  get destinations(): readonly Lazy<ObservedDestination>[] | undefined {
    this.#destinations ??= this.packedDestinations?.lazily();
    return this.#destinations;
  }

  /** Whether the record has the settings that are packed: see {@link Records.packSettings}. */
  hasSettings(packed: Uint32Array): boolean {
    return this.#records.hasSettings(this.#part.words, this.#index, packed);
  }

  toObject(): ObservedService {
    const service = this.#records.read(this.#part.view, this.#index, this.#part.lines);
    const destinations = this.packedDestinations?.plainly();
    return destinations === undefined ? service : Object.assign(service, { destinations });
  }

  protected get key(): CompleteServiceKey {
    return this.#records.readKey(this.#part.view, this.#index, this.#part.lines);
  }

  protected readProtocol(): number {
    return this.#records.readProtocol(this.#part.view, this.#index);
  }

  protected readAddress(): Address {
    return this.#records.readAddress(this.#index, this.#part.lines);
  }

  protected readPort(): number {
    return this.#records.readPort(this.#part.view, this.#index);
  }

  protected readFwmark(): number {
    return this.#records.readFwmark(this.#part.view, this.#index);
  }

  protected readFamily(): Family {
    return this.#records.readFamily(this.#part.view, this.#index);
  }
}

/** A service with an address. */
class LazyAddressService extends LazyService {
  get protocol(): ObservedProtocol {
    return protocolName(this.readProtocol());
  }

  get address(): Address {
    return this.readAddress();
  }

  get port(): number {
    return this.readPort();
  }
}

/** A service of a firewall mark. */
class LazyFwmarkService extends LazyService {
  get fwmark(): number {
    return this.readFwmark();
  }

  get family(): Family {
    return this.readFamily();
  }
}

/** The service of record `index`. */
export function lazyService(
  records: ServiceRecords,
  part: TablePart,
  index: number,
): Lazy<ObservedService> {
  return make(records, part, index, undefined);
}

/** The service of record `index`, with its destinations. */
export function lazyServiceSnapshot(
  records: ServiceRecords,
  part: TablePart,
  index: number,
  destinations: PackedDestinations,
): Lazy<ServiceSnapshot> {
  return make(records, part, index, destinations) as Lazy<ServiceSnapshot>;
}

/** What a service of a lazy snapshot is as records. */
export interface PackedService {
  hasSettings(packed: Uint32Array): boolean;
  readonly packedDestinations: PackedDestinations;
}

/** A service of a lazy snapshot as records; of any other nothing. */
export function packedServiceOf(service: ServiceSnapshot): PackedService | undefined {
  return service instanceof LazyService && service.packedDestinations !== undefined
    ? (service as PackedService)
    : undefined;
}

function make(
  records: ServiceRecords,
  part: TablePart,
  index: number,
  destinations: PackedDestinations | undefined,
): Lazy<ObservedService> {
  const Kind = records.isMarked(part.view, index) ? LazyFwmarkService : LazyAddressService;
  return new Kind(records, part, index, destinations);
}

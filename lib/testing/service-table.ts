import type { CompleteDestinationKey } from '../model/destination-id.js';
import { type CompleteServiceKey, formatServiceId } from '../model/service-id.js';
import { DestinationTrash, isSameDestination } from './destination-trash.js';
import {
  clearStats,
  type DestinationRequest,
  emptyStats,
  type RawDestination,
  type RawService,
  type ServiceRequest,
  serviceFlag,
} from './raw.js';
import { Refusal } from './refusal.js';
import { changeRound, leaveRound, restartRound } from './schedulers/round-robin.js';
import { bucketOf, serviceBuckets } from './service-hash.js';

/** The kernel's numbers that the table looks at. */
const tunnelMethod = 2;
const gueTunnel = 1;
const methodMask = 7;
const largestWeight = 0x7fffffff;

/** Slots of the table of `mh`, which is also the most destinations it starts with. */
export const mhTableSize = 4093;

/** What a table depends on. */
export interface TableParts {
  now(): number;
  readonly schedulers: ReadonlySet<string>;
  readonly engines: ReadonlySet<string>;
  /** Whether the kernel takes an address for one that a destination can have. */
  isDestinationAddress(address: string): boolean;
  /** Told when destinations have left their services. */
  onRemoved(): void;
  /** Takes the place of the kernel's address of the namespace in the order of services. */
  readonly salt: number;
}

/**
 * The kernel's services and their destinations, and its commands on them. They check what the kernel checks, in its
 * order, and no more: a test can use them as another program would that is less careful than this library.
 */
export class ServiceTable {
  readonly trash = new DestinationTrash();
  readonly #parts: TableParts;
  readonly #services = new Map<string, RawService>();

  constructor(parts: TableParts) {
    this.#parts = parts;
  }

  /** Every service in the order of the kernel's dump: those with an address, then marks, each by hash and newest first. */
  list(): RawService[] {
    const marked = (kind: CompleteServiceKey['kind']) => {
      const buckets: RawService[][] = Array.from({ length: serviceBuckets }, () => []);
      for (const service of this.#services.values()) {
        if (service.key.kind !== kind) continue;
        buckets[bucketOf(service.key, this.#parts.salt)]?.unshift(service);
      }
      return buckets.flat();
    };
    return [...marked('address'), ...marked('fwmark')];
  }

  find(key: CompleteServiceKey): RawService | undefined {
    return this.#services.get(formatServiceId(key));
  }

  /** Whether there is a service of the family, without which the kernel does not look at packets of it. */
  hasFamily(family: 'ipv4' | 'ipv6'): boolean {
    for (const { key } of this.#services.values()) if (key.family === family) return true;
    return false;
  }

  newService(key: CompleteServiceKey, request: ServiceRequest): void {
    if (this.find(key) !== undefined) throw new Refusal('EEXIST');
    this.#checkRequest(key, request);
    const { scheduler, timeout, netmask, engine } = request;
    const flags = (request.flags & request.mask) | serviceFlag.hashed;
    const stats = emptyStats();
    const service = { key, scheduler, flags, timeout, netmask, engine, destinations: [], stats };
    this.#services.set(formatServiceId(key), service);
  }

  setService(key: CompleteServiceKey, request: ServiceRequest): void {
    const service = this.#present(key);
    this.#checkRequest(key, request);
    const { scheduler, timeout, netmask, engine } = request;
    const starts = scheduler !== service.scheduler;
    if (starts && scheduler === 'mh' && service.destinations.length > mhTableSize) {
      throw new Refusal('EINVAL');
    }
    if (starts) restartRound(service);
    const flags = (service.flags & ~request.mask) | (request.flags & request.mask);
    Object.assign(service, { scheduler, timeout, netmask, engine });
    service.flags = (flags | serviceFlag.hashed) >>> 0;
  }

  removeService(key: CompleteServiceKey): void {
    const service = this.#present(key);
    this.#services.delete(formatServiceId(key));
    const { destinations } = service;
    service.destinations = [];
    this.#discard(destinations);
  }

  /** Removes every service. */
  flush(): void {
    for (const service of this.list()) this.removeService(service.key);
  }

  newDestination(
    serviceKey: CompleteServiceKey,
    key: CompleteDestinationKey,
    request: DestinationRequest,
  ): void {
    const service = this.#accepting(serviceKey, key, request);
    if (find(service, key) !== undefined) throw new Refusal('EEXIST');
    const destination = this.#revive(service, key) ?? this.#make(service, key);
    write(destination, request);
    destination.lastWeight = request.weight;
    destination.available = true;
    service.destinations = [destination, ...service.destinations];
    changeRound(service);
  }

  setDestination(
    serviceKey: CompleteServiceKey,
    key: CompleteDestinationKey,
    request: DestinationRequest,
  ): void {
    const service = this.#accepting(serviceKey, key, request);
    const destination = presentDestination(service, key);
    write(destination, request);
    if (request.weight !== 0) destination.lastWeight = request.weight;
    changeRound(service);
  }

  removeDestination(serviceKey: CompleteServiceKey, key: CompleteDestinationKey): void {
    const service = this.#present(serviceKey);
    const destination = presentDestination(service, key);
    leaveRound(service, destination);
    service.destinations = service.destinations.filter((each) => each !== destination);
    changeRound(service);
    this.#discard([destination]);
  }

  /** The service that is to get a destination, or other settings for one. */
  #accepting(
    serviceKey: CompleteServiceKey,
    key: CompleteDestinationKey,
    request: DestinationRequest,
  ): RawService {
    const service = this.#present(serviceKey);
    checkDestination(service, key, request);
    return service;
  }

  #present(key: CompleteServiceKey): RawService {
    const service = this.find(key);
    if (service === undefined) throw new Refusal('ESRCH');
    return service;
  }

  #checkRequest(key: CompleteServiceKey, { scheduler, engine, netmask }: ServiceRequest): void {
    if (scheduler !== 'none' && !this.#parts.schedulers.has(scheduler)) {
      throw new Refusal('ENOENT', { missing: 'scheduler' });
    }
    if (engine !== '' && !this.#parts.engines.has(engine)) {
      throw new Refusal('ENOENT', { missing: 'engine' });
    }
    // Also of a service without persistence.
    if (key.family === 'ipv6' && (netmask < 1 || netmask > 128)) throw new Refusal('EINVAL');
  }

  /** The removed destination, as it comes back: a service of the same identity that is not the same one resets its counters. */
  #revive(service: RawService, key: CompleteDestinationKey): RawDestination | undefined {
    const destination = this.trash.take(service, key);
    if (destination === undefined) return undefined;
    if (destination.service !== service) clearStats(destination.stats);
    destination.service = service;
    return destination;
  }

  #make(service: RawService, key: CompleteDestinationKey): RawDestination {
    if (!this.#parts.isDestinationAddress(key.address)) throw new Refusal('EINVAL');
    return {
      key,
      forward: 0,
      weight: 0,
      lastWeight: 0,
      upperThreshold: 0,
      lowerThreshold: 0,
      tunnelType: 0,
      tunnelPort: 0,
      tunnelFlags: 0,
      available: true,
      overloaded: false,
      activeConnections: 0,
      inactiveConnections: 0,
      persistentConnections: 0,
      service,
      stats: emptyStats(),
    };
  }

  #discard(destinations: readonly RawDestination[]): void {
    for (const destination of destinations) {
      destination.available = false;
      this.trash.put(destination, this.#parts.now());
    }
    if (destinations.length > 0) this.#parts.onRemoved();
  }
}

function find(service: RawService, key: CompleteDestinationKey): RawDestination | undefined {
  return service.destinations.find((each) => isSameDestination(each.key, key));
}

function presentDestination(service: RawService, key: CompleteDestinationKey): RawDestination {
  const destination = find(service, key);
  if (destination === undefined) throw new Refusal('ENOENT');
  return destination;
}

/** What the kernel checks before it looks for the destination. */
function checkDestination(
  service: RawService,
  key: CompleteDestinationKey,
  request: DestinationRequest,
): void {
  const isTunnel = (request.forward & methodMask) === tunnelMethod;
  if (key.family !== service.key.family && !isTunnel) throw new Refusal('EINVAL');
  if (request.weight < 0 || request.weight > largestWeight) throw new Refusal('ERANGE');
  if (request.lowerThreshold > request.upperThreshold) throw new Refusal('ERANGE');
  if (request.tunnelType === gueTunnel && request.tunnelPort === 0) throw new Refusal('EINVAL');
}

/** Takes over all of a request. A higher upper threshold, or none, ends an overload; a lower one does not begin one. */
function write(destination: RawDestination, request: DestinationRequest): void {
  const { upperThreshold } = request;
  if (upperThreshold === 0 || upperThreshold > destination.upperThreshold) {
    destination.overloaded = false;
  }
  Object.assign(destination, request, { forward: request.forward & methodMask });
}

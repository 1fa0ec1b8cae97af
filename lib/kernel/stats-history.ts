import type { DestinationId, ObservedDestination } from '../../types/destination.js';
import type { ServiceId } from '../../types/service.js';
import type {
  CountedDestination,
  CountedService,
  Counters,
  StatsDifference,
} from '../../types/stats.js';
import { count, type Span } from '../model/counted.js';
import type { Mutable } from '../model/fields.js';
import { Slices } from './slices.js';
import type { Reading, ServiceReading } from './stats-reading.js';

/** What an object had counted when it was last seen. */
interface Seen {
  counters: Counters;
  at: number;
}

interface SeenService extends Seen {
  /** Those that were removed as well, for a while: the kernel may bring one back with its counters. */
  readonly destinations: Map<DestinationId, Seen>;
}

/**
 * How long a removed destination is remembered, in milliseconds. The kernel does while it has connections, and two
 * minutes more.
 */
const remembered = 3_600_000;

/** Destinations that are compared between two looks at the clock. */
const together = 256;

/** Remembers what was read last, to tell what was counted since. */
export class StatsHistory {
  #totals: Counters;
  #at: number;
  readonly #services = new Map<ServiceId, SeenService>();

  private constructor({ totals, at }: Reading) {
    this.#totals = totals;
    this.#at = at;
  }

  /** Begins with a reading. */
  static async begin(first: Reading): Promise<StatsHistory> {
    const history = new StatsHistory(first);
    const { at } = first;
    const slices = new Slices();
    for (const { service, destinations = [] } of first.services) {
      await slices.cut();
      const seen: SeenService = { counters: service.stats, at, destinations: new Map() };
      history.#services.set(service.id, seen);
      for (const [index, { id, stats }] of destinations.entries()) {
        if (index % together === 0) await slices.cut();
        seen.destinations.set(id, { counters: stats, at });
      }
    }
    return history;
  }

  /** What was counted since the reading before. */
  async advance(reading: Reading): Promise<StatsDifference> {
    const intervalMs = reading.at - this.#at;
    const totals = count({}, { before: this.#totals, after: reading.totals, bits: 64, intervalMs });
    const services: CountedService[] = [];
    const slices = new Slices();
    for (const each of reading.services) {
      await slices.cut();
      services.push(await this.#advanceService(each, reading, slices));
    }
    const removed: ServiceId[] = [];
    for (const [id, { at }] of this.#services) {
      if (at === reading.at) continue;
      removed.push(id);
      this.#services.delete(id);
    }
    this.#totals = reading.totals;
    this.#at = reading.at;
    return { intervalMs, totals, services, removed };
  }

  async #advanceService(
    { service, destinations }: ServiceReading,
    { at, bits }: Reading,
    slices: Slices,
  ): Promise<CountedService> {
    const before = this.#services.get(service.id);
    const span: Span = {
      before: before?.counters,
      after: service.stats,
      bits,
      intervalMs: at - this.#at,
    };
    const counted: Mutable<CountedService> = count(
      { id: service.id, service, appeared: before === undefined },
      span,
    );
    const seen: SeenService = {
      counters: service.stats,
      at,
      destinations: before?.destinations ?? new Map(),
    };
    this.#services.set(service.id, seen);
    if (destinations === undefined) return counted;

    const countedDestinations: CountedDestination[] = [];
    for (const [index, destination] of destinations.entries()) {
      if (index % together === 0) await slices.cut();
      countedDestinations.push(this.#advanceDestination(seen, destination, bits));
    }
    counted.destinations = countedDestinations;
    counted.removed = this.#forget(seen);
    return counted;
  }

  #advanceDestination(
    { at, destinations }: SeenService,
    destination: ObservedDestination,
    bits: Reading['bits'],
  ): CountedDestination {
    const { id, stats } = destination;
    const before = destinations.get(id);
    destinations.set(id, { counters: stats, at });
    return count(
      { id, destination, appeared: before?.at !== this.#at },
      { before: before?.counters, after: stats, bits, intervalMs: at - this.#at },
    );
  }

  /**
   * The destinations that were there at the reading before and are gone; those gone for long are no longer remembered.
   */
  #forget({ at, destinations }: SeenService): DestinationId[] {
    const removed: DestinationId[] = [];
    for (const [id, seen] of destinations) {
      if (seen.at === at) continue;
      if (seen.at === this.#at) removed.push(id);
      if (at - seen.at > remembered) destinations.delete(id);
    }
    return removed;
  }
}

import type { ObservedDestination } from '../../types/destination.js';
import type { ObservedService, ServiceId } from '../../types/service.js';
import type { Counters } from '../../types/stats.js';
import type { CounterBits } from '../model/counted.js';
import type { Destinations } from './destinations.js';
import { IpvsError } from './errors.js';
import type { Services } from './services.js';
import type { Statistics } from './statistics.js';

/** Everything that was counted up to one moment. */
export interface Reading {
  /** When it was read, in milliseconds of a clock that only goes forward. */
  readonly at: number;
  readonly totals: Counters;
  readonly services: readonly ServiceReading[];
  /** Bits of the counters of services and destinations; the totals always have 64. */
  readonly bits: CounterBits;
}

export interface ServiceReading {
  readonly service: ObservedService;
  /** Absent where none were asked for. */
  readonly destinations?: readonly ObservedDestination[];
}

/** What to read. */
export interface ReadingOptions {
  readonly signal: AbortSignal | undefined;
  readonly destinations: boolean;
  /** The services that matter; absent for all. */
  readonly services: ReadonlySet<ServiceId> | undefined;
}

/** The calls that a reading is made of. */
export interface ReadingCalls {
  readonly services: Pick<Services, 'list'>;
  readonly destinations: Pick<Destinations, 'list'>;
  readonly statistics: Pick<Statistics, 'totals'>;
  readonly bits: CounterBits;
}

/** Services whose destinations are asked for at one time. */
const together = 128;

/** Reads all counters. */
export async function readCounters(calls: ReadingCalls, options: ReadingOptions): Promise<Reading> {
  const at = performance.now();
  const reads = [
    calls.statistics.totals({ signal: options.signal }),
    options.services?.size === 0 ? [] : calls.services.list({ signal: options.signal }),
  ] as const;
  // Where both fail, it is with the first, whichever was faster.
  await Promise.allSettled(reads);
  const totals = await reads[0];
  const watched = (await reads[1]).filter(({ id }) => options.services?.has(id) ?? true);
  const services = options.destinations
    ? await readDestinations(calls, watched, options.signal)
    : watched.map((service) => ({ service }));
  return { at, totals, services, bits: calls.bits };
}

async function readDestinations(
  calls: ReadingCalls,
  services: readonly ObservedService[],
  signal: AbortSignal | undefined,
): Promise<ServiceReading[]> {
  const readings: ServiceReading[] = [];
  const read = async (service: ObservedService) => {
    const destinations = await unlessGone(calls.destinations.list(service, { signal }));
    return destinations === undefined ? [] : [{ service, destinations }];
  };
  for (let first = 0; first < services.length; first += together) {
    const some = await Promise.all(services.slice(first, first + together).map(read));
    readings.push(...some.flat());
  }
  return readings;
}

/** `undefined` where the service was removed since it was listed. */
async function unlessGone<Value>(listing: Promise<Value>): Promise<Value | undefined> {
  try {
    return await listing;
  } catch (error) {
    if (error instanceof IpvsError && error.missing === 'service') return undefined;
    throw error;
  }
}

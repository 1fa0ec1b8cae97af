import type { ServiceSnapshot } from '../../../types/snapshot.js';
import type { Rates, Stats } from '../../../types/stats.js';
import type { Ipvs } from '../../kernel/ipvs.js';

/** What the kernel had at one time. */
export interface Reading {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly services: readonly ServiceSnapshot[];
  /** Of the network namespace; absent where the kernel does not show them. */
  readonly totals?: Stats;
}

/** What readings are taken of. */
export type Source = Pick<Ipvs, 'snapshot' | 'totals' | 'capabilities'>;

/** Takes one reading: a snapshot, whose objects read their fields when they are asked, and the file of the totals. */
export async function takeReading(source: Source, signal: AbortSignal): Promise<Reading> {
  const [{ services }, totals] = await Promise.all([
    source.snapshot({ settings: false, addresses: false, lazy: true, signal }),
    source.capabilities.files.totals ? source.totals({ signal }) : undefined,
  ]);
  return { at: Date.now(), services, ...(totals === undefined ? {} : { totals }) };
}

/** The rates of everything: as the kernel keeps them, or else the sums of the services'. */
export function totalRates({ totals, services }: Reading): Rates {
  if (totals !== undefined) return totals.rates;
  const sum = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };
  for (const { stats } of services) {
    for (const field of Object.keys(sum) as (keyof Rates)[]) sum[field] += stats.rates[field];
  }
  return sum;
}

/** How much there is of what. */
export interface Amounts {
  readonly services: number;
  readonly destinations: number;
  /** Destinations that take no new connections. */
  readonly withoutWeight: number;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
}

/** Counts what a reading has. */
export function countAmounts(services: readonly ServiceSnapshot[]): Amounts {
  let destinations = 0;
  let withoutWeight = 0;
  let activeConnections = 0;
  let inactiveConnections = 0;
  for (const service of services) {
    destinations += service.destinations.length;
    for (const destination of service.destinations) {
      if (destination.weight === 0) withoutWeight += 1;
      activeConnections += destination.activeConnections;
      inactiveConnections += destination.inactiveConnections;
    }
  }
  return {
    services: services.length,
    destinations,
    withoutWeight,
    activeConnections,
    inactiveConnections,
  };
}

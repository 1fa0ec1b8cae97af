import type { ServiceId } from '../../../types/service.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import type { Rates } from '../../../types/stats.js';
import type { Mode } from './columns.js';
import { type Reading, totalRates } from './reading.js';

/** How many values are remembered of each thing. */
export const capacity = 60;

/** The values of one thing, one for each reading, the newest last. */
export type Series = readonly number[];

/** What is remembered of the namespace as a whole. */
export type TotalSeries = Readonly<Record<keyof Rates | 'active', Series>>;

/** What is remembered of the readings before. */
export interface History {
  readonly totals: TotalSeries;
  /** Of each service that is there, what its mode is about: connections per second, active connections, bytes per second. */
  readonly services: ReadonlyMap<ServiceId, Readonly<Record<Mode, Series>>>;
}

export const noHistory: History = {
  totals: {
    connections: [],
    packetsIn: [],
    packetsOut: [],
    bytesIn: [],
    bytesOut: [],
    active: [],
  },
  services: new Map(),
};

/** The history with one reading more. Services that are gone are forgotten. */
export function extendHistory(history: History, reading: Reading): History {
  let active = 0;
  const services = new Map<ServiceId, Readonly<Record<Mode, Series>>>();
  for (const service of reading.services) {
    const before = history.services.get(service.id);
    const { rates } = service.stats;
    const connections = activeConnections(service);
    active += connections;
    services.set(service.id, {
      rates: append(before?.rates, rates.connections),
      connections: append(before?.connections, connections),
      bytes: append(before?.bytes, rates.bytesIn + rates.bytesOut),
    });
  }
  const now = { ...totalRates(reading), active };
  const fields = Object.keys(history.totals) as (keyof TotalSeries)[];
  const totals = Object.fromEntries(
    fields.map((field) => [field, append(history.totals[field], now[field])]),
  ) as TotalSeries;
  return { totals, services };
}

function activeConnections({ destinations }: ServiceSnapshot): number {
  return destinations.reduce((sum, each) => sum + each.activeConnections, 0);
}

function append(series: Series = [], value: number): Series {
  return [...series.slice(1 - capacity), value];
}

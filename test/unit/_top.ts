import type { Reading } from '#lib/cli/top/reading.js';
import { type Action, initialState, type State, update } from '#lib/cli/top/state.js';
import type { DestinationId, ObservedDestination } from '../../types/destination.js';
import type { ServiceId } from '../../types/service.js';
import type { ServiceSnapshot } from '../../types/snapshot.js';
import type { Stats } from '../../types/stats.js';

/** Counters and rates that all say the same. */
export function stats(all: number): Stats {
  const count = BigInt(all);
  return {
    connections: count,
    packetsIn: count,
    packetsOut: count,
    bytesIn: count,
    bytesOut: count,
    rates: { connections: all, packetsIn: all, packetsOut: all, bytesIn: all, bytesOut: all },
  };
}

/** A destination by its id, with what it counts. */
export function destination(id: string, all = 0, weight = 1): ObservedDestination {
  return {
    id: id as DestinationId,
    forward: 'masquerade',
    weight,
    activeConnections: all,
    inactiveConnections: 2 * all,
    persistentConnections: 0,
    stats: stats(all),
  } as ObservedDestination;
}

/** A service by its id, with what it counts. */
export function service(
  id: string,
  all: number,
  destinations: readonly ObservedDestination[] = [],
): ServiceSnapshot {
  return {
    id: id as ServiceId,
    scheduler: 'wlc',
    stats: stats(all),
    destinations,
  } as unknown as ServiceSnapshot;
}

/** Two services with two destinations each, and one without any. */
export const services: readonly ServiceSnapshot[] = [
  service('tcp/10.0.0.1:80', 5, [destination('10.1.0.1:80', 1), destination('10.1.0.2:80', 4)]),
  service('tcp/10.0.0.2:80', 9, [destination('10.1.0.1:80', 9), destination('10.2.0.1:80', 0, 0)]),
  service('udp/10.0.0.3:53', 7),
];

export function reading(of: readonly ServiceSnapshot[], at = 0): Reading {
  return { at, services: of, totals: stats(3) };
}

/** A view with so many lines that has read the services, after some actions. */
export function stateAfter(actions: readonly Action[], { rows = 24, of = services } = {}): State {
  const begin = initialState({ size: { columns: 80, rows }, interval: 2000 });
  const first: Action = { kind: 'reading', reading: reading(of) };
  return [first, ...actions].reduce(update, begin);
}

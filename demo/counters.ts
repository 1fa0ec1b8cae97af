import { setTimeout as wait } from 'node:timers/promises';
import type { ObservedDestination } from 'ipvs';
import { endpoint } from './addresses.js';
import type { Scene } from './scene.js';
import { type PerServer, perServer, type Server, servers } from './servers.js';

/** The destinations of a service as the kernel has them, by the name of the server. */
export type Destinations = ReadonlyMap<Server, ObservedDestination>;

export async function readDestinations(scene: Scene): Promise<Destinations> {
  const found = new Map<Server, ObservedDestination>();
  for (const destination of await scene.ipvs.listDestinations(scene.service)) {
    const server = servers.find((name) => endpoint(scene.addresses[name]) === destination.id);
    if (server !== undefined) found.set(server, destination);
  }
  return found;
}

/** The connections each server was given since it became a destination. */
export function connections(destinations: Destinations): PerServer {
  return perServer((server) => Number(destinations.get(server)?.stats.connections ?? 0));
}

/** Reads until it fits, for at most five seconds: the kernel refreshes its counters every two. */
export async function readUntil<Reading>(
  read: () => Promise<Reading>,
  fits: (reading: Reading) => boolean,
  signal: AbortSignal,
): Promise<Reading> {
  const end = Date.now() + 5000;
  for (;;) {
    const reading = await read();
    if (fits(reading) || Date.now() > end) return reading;
    await wait(50, undefined, { signal });
  }
}

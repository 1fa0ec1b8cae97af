import { setTimeout as wait } from 'node:timers/promises';
import { type Addresses, endpoint } from './addresses.js';
import { type Server, servers } from './servers.js';
import type { Stage } from './stage.js';

/** What a health check found: a server that failed it twice in a row, and why. */
export interface Finding {
  readonly server: Server;
  readonly error: string;
}

/** Asks every server itself until one fails twice in a row; gives up after ten seconds. */
export async function findDead(
  stage: Stage,
  addresses: Addresses,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const failed = new Set<Server>();
  const end = Date.now() + 10_000;
  while (Date.now() < end) {
    for (const server of servers) {
      const url = `http://${endpoint(addresses[server])}/health`;
      const [outcome] = await stage.healthCheck.ask('visit', url, 1);
      if (outcome === undefined || !('error' in outcome)) failed.delete(server);
      else if (failed.has(server)) return { server, error: outcome.error };
      else failed.add(server);
    }
    await wait(200, undefined, { signal });
  }
  return undefined;
}

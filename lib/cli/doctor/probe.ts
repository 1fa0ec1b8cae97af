import { connect } from 'node:net';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import type { Probes } from './facts.js';

/** How many are tried at once. */
const width = 64;

/** What can be tried from here: direct routing and tunnels lead to servers that answer only at the virtual address. */
export function probeTargets(services: readonly ServiceSnapshot[]): readonly string[] {
  const targets = services.flatMap((service) =>
    'protocol' in service && service.protocol === 'tcp'
      ? service.destinations.filter(({ forward }) => forward === 'masquerade').map(({ id }) => id)
      : [],
  );
  return [...new Set<string>(targets)];
}

/** Connects to each target over TCP and hangs up again; says what stood in the way. */
export async function probe(targets: readonly string[], timeout: number): Promise<Probes> {
  const results = new Map<string, string | undefined>();
  const left = [...targets];
  const work = async () => {
    for (let target = left.shift(); target !== undefined; target = left.shift())
      results.set(target, await tryOne(target, timeout));
  };
  await Promise.all(Array.from({ length: Math.min(width, targets.length) }, work));
  return results;
}

function tryOne(target: string, timeout: number): Promise<string | undefined> {
  const colon = target.lastIndexOf(':');
  const host = target.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(target.slice(colon + 1)), timeout });
    const end = (outcome: string | undefined) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end(`no answer within ${timeout} ms`));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

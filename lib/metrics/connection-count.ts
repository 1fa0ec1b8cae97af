import type { Connection } from '../../types/connection.js';

/** How many entries of the connection table are alike. */
export interface ConnectionCount extends Pick<Connection, 'protocol' | 'state' | 'template'> {
  readonly count: number;
}

/** Counts entries as they arrive, and keeps none. */
export async function countConnections(
  connections: AsyncIterable<Connection>,
): Promise<ConnectionCount[]> {
  const counts = new Map<string, ConnectionCount & { count: number }>();
  for await (const { protocol, state, template } of connections) {
    const key = `${protocol} ${state} ${template}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { protocol, state, template, count: 1 });
    else known.count += 1;
  }
  return [...counts.values()];
}

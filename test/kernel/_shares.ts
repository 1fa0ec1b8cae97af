import type { ExecutionContext } from 'ava';
import { entriesTo } from './_calls.js';
import { checkCounters } from './_counters.js';
import { destinationIdOf, destinationOf, type Passage } from './_passage.js';
import type { Traffic } from './_traffic.js';

/** Each server was given so many connections, as the kernel has counted them and as it lists them. */
export async function checkShares(
  t: ExecutionContext,
  traffic: Traffic,
  passage: Passage,
  shares: Readonly<Record<string, number>>,
): Promise<void> {
  const entries = await entriesTo(traffic, passage);
  const listed = Object.keys(shares).map((server) => {
    const { address, port } = destinationOf(passage, server);
    const own = entries.filter(
      ({ destination, template }) =>
        !template && destination.address === address && destination.port === port,
    );
    return [server, own.length];
  });
  t.deepEqual(Object.fromEntries(listed), shares);
  const expected = Object.entries(shares).map(([server, connections]) => {
    return [destinationIdOf(passage, server), { connections: BigInt(connections) }];
  });
  await checkCounters(t, traffic, passage.id, Object.fromEntries(expected));
}

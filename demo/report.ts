import { connections, type Destinations, readDestinations, readUntil } from './counters.js';
import { expectEach, expectSame } from './mismatch.js';
import type { Scene } from './scene.js';
import { type PerServer, perServer, type Server, sameNumbers, servers, sum } from './servers.js';
import { table, tell } from './tell.js';
import { checkRound, type Round } from './traffic.js';

/**
 * Shows a round beside the kernel's own count of it, and throws where the four do not agree.
 * `before` is what the kernel had counted before the round. Returns the number of connections.
 */
export async function report(
  scene: Scene,
  round: Round,
  weights: PerServer,
  before: PerServer,
  dead?: Server,
): Promise<number> {
  const since = (destinations: Destinations): PerServer => {
    const now = connections(destinations);
    return perServer((server) => now[server] - before[server]);
  };
  const destinations = await readUntil(
    () => readDestinations(scene),
    (reading) => sameNumbers(since(reading), round.expected),
    scene.signal,
  );
  const kernel = since(destinations);

  tell(
    ...table(
      ['', 'weight', 'expected', 'client got', 'server gave', 'kernel counted'],
      servers.map((server) => [
        server,
        destinations.get(server)?.weight ?? 'removed',
        round.expected[server],
        server === dead && round.failures.length > 0
          ? `${round.failures.length} failed`
          : round.answered[server],
        server === dead ? 'dead' : round.served[server],
        destinations.has(server) ? kernel[server] : '-',
      ]),
    ),
  );
  for (const [server, { weight }] of destinations) {
    expectSame(`weight of ${server} in the kernel`, weights[server], weight);
  }
  checkRound(round, dead);
  expectEach('connections counted by the kernel', round.expected, kernel);
  return sum(round.expected);
}

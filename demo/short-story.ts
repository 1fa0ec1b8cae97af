import { endpoint } from './addresses.js';
import { connections, type Destinations, readDestinations, readUntil } from './counters.js';
import { beginDownload, checkLastConnection, endDownload } from './download.js';
import { findDead } from './health.js';
import { expectSame } from './mismatch.js';
import type { Scene } from './scene.js';
import { type PerServer, perServer, type Server, servers, sum } from './servers.js';
import { table, tell } from './tell.js';
import { checkRound, makeRequests, type Round, withDownload } from './traffic.js';

const requests = 60;

interface Counted {
  readonly total: number;
  readonly destinations: Destinations;
}

type Note = (title: string, round: Round, dead?: Server) => void;

/**
 * The whole story in one table: a row for each step, and below them the kernel's own count. Returns
 * the number of connections.
 */
export async function shortStory(scene: Scene, casualty: Server): Promise<number> {
  const rows: (string | number)[][] = [];
  let expected = perServer(() => 0);

  const note: Note = (title, round, dead) => {
    const { failures, answered } = round;
    const cells = servers.map((server) => {
      return server === dead && failures.length > 0
        ? `${failures.length} failed`
        : answered[server];
    });
    rows.push([title, ...cells, sum(answered) + failures.length]);
    expected = perServer((server) => expected[server] + round.expected[server]);
    checkRound(round, dead);
  };

  const { virtual, A, B, C } = scene.addresses;
  tell(
    `${casualty} is started again, and a second service made: ${endpoint(virtual)} for the servers`,
  );
  tell(`${A}, ${B} and ${C}. Of ${requests} requests each time:`, '');
  try {
    await play(scene, casualty, note);
    const { total, destinations } = await readKernel(scene, expected);
    const counted = connections(destinations);
    const cells = servers.map((server) => (destinations.has(server) ? counted[server] : 'removed'));
    rows.push(['kernel counted', ...cells, total]);
    for (const server of destinations.keys()) {
      expectSame(`connections to ${server} in the kernel`, expected[server], counted[server]);
    }
    expectSame('connections of the service in the kernel', sum(expected), total);
    return total;
  } finally {
    tell(...table(['', ...servers, 'all'], rows));
  }
}

/** The count of the service, which includes destinations that are gone, and of those it has. */
function readKernel(scene: Scene, expected: PerServer): Promise<Counted> {
  const { ipvs, service, signal } = scene;
  return readUntil(
    async () => {
      const total = Number((await ipvs.getService(service))?.stats.connections);
      return { total, destinations: await readDestinations(scene) };
    },
    ({ total, destinations }) => {
      const counted = connections(destinations);
      const names = [...destinations.keys()];
      return total === sum(expected) && names.every((name) => counted[name] === expected[name]);
    },
    signal,
  );
}

async function play(scene: Scene, casualty: Server, note: Note): Promise<void> {
  const { ipvs, stage, addresses, service, url, signal } = scene;
  const setWeight = (server: Server, weight: number): Promise<void> => {
    return ipvs.updateDestination(service, endpoint(addresses[server]), { weight });
  };

  const first = { A: 3, B: 2, C: 1 };
  await ipvs.addService({
    protocol: 'tcp',
    address: addresses.virtual,
    port: 80,
    scheduler: 'wrr',
  });
  for (const server of servers) {
    await ipvs.addDestination(service, { address: addresses[server], weight: first[server] });
  }
  note('weights 3:2:1', await makeRequests(stage, url, requests, first));

  const weights = { A: 1, B: 2, C: 3 };
  for (const server of servers) await setWeight(server, weights[server]);
  note('weights 1:2:3', await makeRequests(stage, url, requests, weights));

  const busy = await beginDownload(scene);
  await setWeight(busy, 0);
  const others = await makeRequests(stage, url, requests, { ...weights, [busy]: 0 });
  await checkLastConnection(scene, busy);
  await endDownload(scene, busy);
  note(`${busy} at weight 0, its download goes on`, withDownload(others, busy));
  await setWeight(busy, weights[busy]);

  await stage.server(casualty).kill();
  note(`${casualty} dead`, await makeRequests(stage, url, requests, weights, casualty), casualty);

  const finding = await findDead(stage, addresses, signal);
  expectSame('server that the health check finds dead', casualty, finding?.server);
  await ipvs.removeDestination(service, endpoint(addresses[casualty]));
  const rest = await makeRequests(stage, url, requests, { ...weights, [casualty]: 0 }, casualty);
  note(`${casualty} removed`, rest, casualty);
}

import { release } from 'node:os';
import { Ipvs } from 'ipvs';
import { endpoint, ipv4, ipv6 } from './addresses.js';
import { connections, readDestinations } from './counters.js';
import { beginDownload, checkLastConnection, endDownload } from './download.js';
import { findDead } from './health.js';
import { interruption } from './interruption.js';
import { expectSame } from './mismatch.js';
import { narrated } from './narrated.js';
import { report } from './report.js';
import { makeScene, type Scene } from './scene.js';
import { type Server, servers } from './servers.js';
import { shortStory } from './short-story.js';
import { Stage } from './stage.js';
import { step, tell } from './tell.js';
import { makeRequests, withDownload } from './traffic.js';

/** The server that dies. */
const casualty: Server = 'C';

const firstWeights = { A: 3, B: 2, C: 1 };
const laterWeights = { A: 1, B: 2, C: 3 };

/**
 * The kernel's load balancer at work on real traffic, set up and read through the library. Throws
 * when a number is not what the weights say.
 */
async function demonstrate(signal: AbortSignal): Promise<void> {
  const start = Date.now();
  introduce();
  await using stage = await Stage.build(signal);
  // The library works in the director's namespace; this program stays where it is.
  await using ipvs = await Ipvs.open({ netns: stage.network.director });
  const narrator = narrated(ipvs);
  const overIpv4 = makeScene(stage, narrator, ipv4, signal);
  const overIpv6 = makeScene(stage, ipvs, ipv6, signal);

  let total = 0;
  for (const chapter of [serve, changeWeights, takeOut, loseServer]) {
    total += await chapter(overIpv4);
  }
  step('The same over IPv6');
  total += await shortStory(overIpv6, casualty);

  step('Everything is taken down');
  const services = await ipvs.listServices();
  const counted = services.reduce((sum, { stats }) => sum + Number(stats.connections), 0);
  expectSame('connections of both services in the kernel', total, counted);
  for (const { id } of services) await narrator.removeService(id);
  const left = await ipvs.listServices();
  tell('', `ipvs.listServices() → [${left.map(({ id }) => id).join(', ')}]`);
  expectSame('services left', 0, left.length);

  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  console.log(`\nDone: ${total} connections in ${seconds} s, each of them where the weights say.`);
}

function introduce(): void {
  console.log(
    `IPVS, the load balancer in Linux ${release()}, driven from Node ${process.version}\n`,
  );
  tell(
    `               the director     ┌──▶  A  ${ipv4.A}`,
    `client  ────▶  ${endpoint(ipv4.virtual)}  ────┼──▶  B  ${ipv4.B}`,
    `                                └──▶  C  ${ipv4.C}`,
    '',
    'Five network namespaces, with virtual cables between them. A, B and C are',
    'plain Node HTTP servers. The client knows only the address of the director,',
    'whose kernel picks a server for each connection, as the library tells it to.',
  );
}

async function serve(scene: Scene): Promise<number> {
  const { ipvs, stage, addresses, service, url } = scene;
  const weights = firstWeights;

  step('One service, three destinations');
  await ipvs.addService({
    protocol: 'tcp',
    address: addresses.virtual,
    port: 80,
    scheduler: 'wrr',
  });
  for (const server of servers) {
    await ipvs.addDestination(service, { address: addresses[server], weight: weights[server] });
  }
  const before = connections(await readDestinations(scene));
  const round = await makeRequests(stage, url, 300, weights);

  tell('', '300 requests, each on a connection of its own, are shared 3 to 2 to 1:', '');
  const made = await report(scene, round, weights, before);
  tell(
    '',
    `The first twelve answers: ${round.order.slice(0, 12).join(' ')}. The last column is read`,
    'through the library, and in every table the four counts have to agree.',
  );
  return made;
}

async function changeWeights(scene: Scene): Promise<number> {
  const { ipvs, stage, addresses, service, url } = scene;
  const weights = laterWeights;

  step('Other weights');
  await ipvs.updateDestination(service, endpoint(addresses.A), { weight: weights.A });
  await ipvs.updateDestination(service, endpoint(addresses.C), { weight: weights.C });
  const before = connections(await readDestinations(scene));
  const round = await makeRequests(stage, url, 300, weights);

  tell('', '300 requests more, from the very next on shared 1 to 2 to 3:', '');
  return report(scene, round, weights, before);
}

async function takeOut(scene: Scene): Promise<number> {
  const { ipvs, stage, addresses, service, url } = scene;

  step('A server is taken out while it is busy');
  const before = connections(await readDestinations(scene));
  const server = await beginDownload(scene);
  const weights = { ...laterWeights, [server]: 0 };
  tell(
    `The client begins a download, and it comes from ${server}. With weight 0, ${server} can`,
    'finish it, but is given nothing new:',
    '',
  );
  await ipvs.updateDestination(service, endpoint(addresses[server]), { weight: 0 });
  const round = await makeRequests(stage, url, 60, weights);
  await checkLastConnection(scene, server);
  const { bytes } = await endDownload(scene, server);

  tell('', '60 requests while the download goes on:', '');
  const made = await report(scene, withDownload(round, server), weights, before);
  tell(
    '',
    `That 1 is the download. It ran to its end, ${bytes} bytes from ${server}, none missing.`,
    `Then ${server} is put back to work:`,
    '',
  );
  await ipvs.updateDestination(service, endpoint(addresses[server]), {
    weight: laterWeights[server],
  });
  return made;
}

async function loseServer(scene: Scene): Promise<number> {
  const { ipvs, stage, addresses, service, url, signal } = scene;
  const weights = laterWeights;

  step('A server dies');
  const before = connections(await readDestinations(scene));
  await stage.server(casualty).kill();
  const round = await makeRequests(stage, url, 60, weights, casualty);
  tell(
    `${casualty} is killed. The kernel does not ask whether a server lives: ${casualty} is still given`,
    'its share of 60 requests, and these fail:',
    '',
  );
  const made = await report(scene, round, weights, before, casualty);

  const finding = await findDead(stage, addresses, signal);
  expectSame('server that the health check finds dead', casualty, finding?.server);
  tell('', `A health check finds ${casualty} dead (${finding?.error}, twice in a row):`, '');
  await ipvs.removeDestination(service, endpoint(addresses[casualty]));
  const remaining = { ...weights, [casualty]: 0 };
  const beforeRest = connections(await readDestinations(scene));
  const rest = await makeRequests(stage, url, 60, remaining, casualty);
  tell('', '60 requests more, and none fails:', '');
  const [madeAfter] = await Promise.all([
    report(scene, rest, remaining, beforeRest, casualty),
    stage.restart(casualty), // For the next step.
  ]);
  return made + madeAfter;
}

const signal = interruption();
try {
  await demonstrate(signal);
} catch (error) {
  const reason: unknown = signal.aborted ? signal.reason : error;
  const shown = reason instanceof Error ? reason.message.trimEnd() : reason;
  console.error(`\nThe demonstration failed: ${shown}`);
  process.exitCode = 1;
}

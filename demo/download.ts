import { readDestinations, readUntil } from './counters.js';
import { expectSame, Mismatch } from './mismatch.js';
import type { Download } from './roles.js';
import type { Scene } from './scene.js';
import { type Server, servers } from './servers.js';

/** Begins a download that lasts until {@link endDownload}, and says which server it comes from. */
export async function beginDownload({ stage, url }: Scene): Promise<Server> {
  const name = await stage.client.ask('beginDownload', `${url}download`);
  const server = servers.find((each) => each === name);
  if (server === undefined) throw new Mismatch(`the download comes from ${name}`);
  return server;
}

/** Throws unless the kernel holds one open connection to the server, which gets no others. */
export async function checkLastConnection(scene: Scene, server: Server): Promise<void> {
  const destination = (await readDestinations(scene)).get(server);
  expectSame(`weight of ${server} in the kernel`, 0, destination?.weight);
  expectSame(`open connections to ${server} in the kernel`, 1, destination?.activeConnections);
}

/** Lets the download end, and throws unless every byte has come from the server where it began. */
export async function endDownload(scene: Scene, server: Server): Promise<Download> {
  const { stage, signal } = scene;
  const sent = await stage.server(server).ask('finishDownload');
  const arrived = await stage.client.ask('endDownload');
  expectSame('server of the download', server, arrived.server);
  expectSame('bytes of the download', sent.bytes, arrived.bytes);
  expectSame('SHA-256 of the download', sent.digest, arrived.digest);

  // The last packets are on their way.
  const open = await readUntil(
    async () => (await readDestinations(scene)).get(server)?.activeConnections,
    (connections) => connections === 0,
    signal,
  );
  expectSame(`open connections to ${server} after the download`, 0, open);
  return arrived;
}

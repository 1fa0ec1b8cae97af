import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { play } from './play.js';
import type { Download, ServerRole } from './roles.js';

/**
 * A real server: an ordinary HTTP server that says its name. It knows nothing of the load balancer.
 *
 *     /           its name
 *     /health     its name, and it is not counted
 *     /download   a kilobyte every 20 milliseconds, until it is told to finish
 */
const [, , name = 'nameless'] = process.argv;
const longestDownload = 20_000;
let answers = 0;
let finish = (): void => {};
let download: Promise<Download> | undefined;

const server = createServer((request, response) => {
  response.setHeader('X-Server', name);
  if (request.url !== '/health') answers += 1;
  if (request.url === '/download') {
    download = send(response);
    download.catch(() => {});
  } else {
    response.end(name);
  }
});

async function send(response: ServerResponse): Promise<Download> {
  const digest = createHash('sha256');
  let finished = false;
  finish = () => {
    finished = true;
  };
  let bytes = 0;
  const end = Date.now() + longestDownload;
  for (let piece = 0; !finished && Date.now() < end; piece += 1) {
    const data = `${name}, piece ${piece}\n`.padEnd(1024, '.');
    response.write(data);
    digest.update(data);
    bytes += data.length;
    await wait(20);
  }
  response.end();
  return { server: name, bytes, digest: digest.digest('hex') };
}

server.listen(80, '::');
await once(server, 'listening');

play<ServerRole>({
  countAnswers() {
    const counted = answers;
    answers = 0;
    return counted;
  },
  async finishDownload() {
    if (download === undefined) throw new Error('no download is open');
    finish();
    return download;
  },
});

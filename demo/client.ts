import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage, type RequestOptions } from 'node:http';
import { play } from './play.js';
import type { ClientRole, Download, Outcome } from './roles.js';

/** Every request on a connection of its own: it is connections that are balanced. */
const agent = new Agent({ keepAlive: false });
const patience = 10_000;
/**
 * Every connection from a port of its own. Left to itself, the system would now and then take a port
 * again that a server still remembers; the connection then needs two attempts, and counts twice.
 */
let lastPort = 10_000;
let download: Promise<Download> | undefined;

function options(): RequestOptions {
  lastPort += 1;
  return { agent, timeout: patience, localPort: lastPort };
}

function visit(url: string): Promise<Outcome> {
  return new Promise((resolve) => {
    let outcome: Outcome = { error: 'no answer' };
    const request = get(url, options(), (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => {
        const { statusCode } = response;
        outcome = statusCode === 200 ? { server: body } : { error: `HTTP ${statusCode}` };
      });
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', (error: NodeJS.ErrnoException) => {
      outcome = { error: error.code ?? error.message };
    });
    request.on('close', () => resolve(outcome));
  });
}

async function receive(response: IncomingMessage): Promise<Download> {
  const digest = createHash('sha256');
  let bytes = 0;
  for await (const data of response as AsyncIterable<Buffer>) {
    digest.update(data);
    bytes += data.length;
  }
  return { server: serverOf(response), bytes, digest: digest.digest('hex') };
}

function serverOf(response: IncomingMessage): string {
  return String(response.headers['x-server']);
}

play<ClientRole>({
  async visit(url, times) {
    const outcomes: Outcome[] = [];
    for (let time = 0; time < times; time += 1) outcomes.push(await visit(url));
    return outcomes;
  },
  async beginDownload(url) {
    const request = get(url, options());
    request.on('timeout', () => request.destroy(new Error('timeout')));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    download = receive(response);
    download.catch(() => {});
    return serverOf(response);
  },
  async endDownload() {
    if (download === undefined) throw new Error('no download is open');
    return download;
  },
});

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetricsFormat } from '../../metrics/index.js';
import type { ListenAddress } from './listen-address.js';
import { chooseFormat } from './negotiate.js';

/** A text, and what it is. */
export interface Page {
  readonly type: string;
  readonly text: string;
}

/** Milliseconds and numbers that keep a client from holding the server up. */
export const serverLimits = {
  connectionsCheckingInterval: 1000,
  headersTimeout: 5000,
  requestTimeout: 5000,
  // Prometheus comes again on the same connection, by default after a minute.
  keepAliveTimeout: 75_000,
  /** Without a byte sent or received; reading a large connection table takes long. */
  idleTimeout: 300_000,
  maxHeaderSize: 8192,
  maxHeaders: 64,
  maxConnections: 64,
};
/** What is being answered is finished when the server is told to end. */
const patience = 2000;

/** Answers whoever asks for `/metrics`, and nothing else. */
export class MetricsServer {
  readonly #server: Server;
  readonly #page: (format: MetricsFormat) => Promise<Page>;
  readonly #format: MetricsFormat;

  /** `page` is asked for each answer; where it rejects, the answer is 503. */
  constructor(
    page: (format: MetricsFormat) => Promise<Page>,
    format: MetricsFormat,
    limits = serverLimits,
  ) {
    this.#page = page;
    this.#format = format;
    this.#server = createServer(limits, (request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.#server.maxConnections = limits.maxConnections;
    this.#server.maxHeadersCount = limits.maxHeaders;
    this.#server.setTimeout(limits.idleTimeout);
  }

  /** Begins to listen; returns where. Rejects where that is not possible, such as with `EADDRINUSE`. */
  async listen({ address, port }: ListenAddress): Promise<string> {
    this.#server.listen({ host: address, port, ipv6Only: true });
    await once(this.#server, 'listening');
    const bound = this.#server.address() as AddressInfo;
    const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
    return `http://${host}:${bound.port}/metrics`;
  }

  /** Finishes what is being answered, and ends. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    const end = setTimeout(() => this.#server.closeAllConnections(), patience);
    await closed;
    clearTimeout(end);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request;
    request.resume();
    if (/^[^?#]*/.exec(url)?.[0] !== '/metrics') {
      send(request, response, 404, plain('There is nothing but /metrics.'));
    } else if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      send(request, response, 405, plain('This can only be read.'));
    } else {
      const [status, page] = await this.#read(chooseFormat(request.headers.accept, this.#format));
      send(request, response, status, page);
    }
  }

  async #read(format: MetricsFormat): Promise<[status: number, page: Page]> {
    try {
      return [200, await this.#page(format)];
    } catch (error) {
      return [503, plain(error instanceof Error ? error.message : String(error))];
    }
  }
}

function plain(line: string): Page {
  return { type: 'text/plain; charset=utf-8', text: `${line}\n` };
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  status: number,
  { type, text }: Page,
): void {
  const body = Buffer.from(text);
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Vary: 'Accept',
  });
  response.end(method === 'HEAD' ? undefined : body);
}

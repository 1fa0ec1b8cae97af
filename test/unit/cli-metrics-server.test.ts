import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import type { MetricsFormat } from 'ipvs/metrics';
import { parseListenAddress } from '#lib/cli/metrics/listen-address.js';
import { chooseFormat } from '#lib/cli/metrics/negotiate.js';
import { MetricsServer, type Page, serverLimits } from '#lib/cli/metrics/server.js';

const pageOf = async (format: MetricsFormat): Promise<Page> => ({
  type: `text/x-${format}`,
  text: `${format}\n`,
});

async function serve(
  t: ExecutionContext,
  page: (format: MetricsFormat) => Promise<Page> = pageOf,
  limits: Partial<typeof serverLimits> = {},
): Promise<{ server: MetricsServer; url: URL }> {
  const server = new MetricsServer(page, 'prometheus', { ...serverLimits, ...limits });
  const url = new URL(await server.listen({ address: '127.0.0.1', port: 0 }));
  t.teardown(() => server.close());
  return { server, url };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

async function ask(
  url: URL,
  { method = 'GET', path = '/metrics', headers = {} as Record<string, string> } = {},
): Promise<Answer> {
  const sent = request(url, { method, path, headers: { connection: 'close', ...headers } }).end();
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const part of response) text += String(part);
  return { status: response.statusCode, headers: response.headers, text };
}

test('the page is served, and its size without it', async (t) => {
  const { url } = await serve(t);
  t.is(url.pathname, '/metrics');
  const { status, headers, text } = await ask(url);
  t.is(status, 200);
  t.is(headers['content-type'], 'text/x-prometheus');
  t.is(text, 'prometheus\n');
  const head = await ask(url, { method: 'HEAD' });
  t.is(head.status, 200);
  t.is(head.headers['content-length'], String(text.length));
  t.is(head.text, '');
  t.is((await ask(url, { path: '/metrics?x=1' })).status, 200);
});

test('nothing else is', async (t) => {
  const { url } = await serve(t);
  for (const path of ['/', '/metrics/', '/metric', '/../metrics', '//metrics'])
    t.is((await ask(url, { path })).status, 404, path);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const { status, headers } = await ask(url, { method });
    t.is(status, 405, method);
    t.is(headers.allow, 'GET, HEAD');
  }
});

test('a client gets the format that it prefers', async (t) => {
  const { url } = await serve(t);
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
  t.is((await ask(url, { headers: { accept } })).text, 'openmetrics\n');
});

test('where the page cannot be made, the answer says why', async (t) => {
  let fails = true;
  const { url } = await serve(t, async (format) => {
    if (fails) throw new Error('the kernel has no IPVS');
    return pageOf(format);
  });
  const { status, text } = await ask(url);
  t.is(status, 503);
  t.is(text, 'the kernel has no IPVS\n');
  fails = false;
  t.is((await ask(url)).status, 200);
});

test('headers without end are refused', async (t) => {
  const { url } = await serve(t);
  const { status } = await ask(url, { headers: { 'x-long': 'x'.repeat(20_000) } });
  t.is(status, 431);
});

/** A client that says what it is told to, and hears what the server says until it hangs up. */
function say(url: URL, text: string): { socket: Socket; heard: Promise<string> } {
  const socket = connect(Number(url.port), '127.0.0.1');
  socket.write(text);
  let heard = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    heard += part;
  });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  return { socket, heard: closed.then(() => heard) };
}

test('more headers than a few are passed over', async (t) => {
  const { url } = await serve(t);
  const many = Array.from({ length: 100 }, (_, index) => `X-${index}: x\r\n`).join('');
  const accept = 'Accept: application/openmetrics-text\r\n';
  const request = (headers: string) =>
    say(url, `GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`).heard;
  t.regex(await request(accept + many), /\r\n\r\nopenmetrics\n$/);
  t.regex(await request(many + accept), /\r\n\r\nprometheus\n$/);
});

test('who does not come to the end of a request is hung up on', async (t) => {
  const short = { connectionsCheckingInterval: 20, headersTimeout: 200, requestTimeout: 400 };
  const { url } = await serve(t, pageOf, short);
  const slow = [
    say(url, ''),
    say(url, 'GET /metrics HTTP/1.1\r\nHost: x\r\n'),
    say(url, 'GET /metrics HTTP/1.1\r\nHost: x\r\nX-A: '),
  ];
  for (const { heard } of slow) t.regex(await heard, /^HTTP\/1\.1 408 /);
  t.is((await ask(url)).status, 200);
});

/** Asks until the server lets one in. */
async function askUntilLetIn(url: URL): Promise<number | undefined> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      return (await ask(url, { method: 'HEAD' })).status;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

test('who does not listen to the answer is hung up on', async (t) => {
  // More than the system keeps for a client.
  const page = { type: 'text/plain', text: 'x'.repeat(64 << 20) };
  const limits = { idleTimeout: 200, maxConnections: 1 };
  const { url } = await serve(t, async () => page, limits);
  const { socket, heard } = say(url, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  socket.pause();
  // There is room for one, so that one has gone.
  t.is(await askUntilLetIn(url), 200);
  socket.resume();
  t.true((await heard).length < page.text.length);
});

test('no more clients are let in than a few, until one of them goes', async (t) => {
  const { url } = await serve(t, pageOf, { maxConnections: 3 });
  const idle = Array.from({ length: 3 }, () => connect(Number(url.port), '127.0.0.1'));
  for (const socket of idle) await once(socket, 'connect');
  // The last of them may be let in only after the next has come.
  await t.throwsAsync(ask(url), { code: 'ECONNRESET' });
  idle[0]?.destroy();
  t.is(await askUntilLetIn(url), 200);
  for (const socket of idle) socket.destroy();
});

for (const [name, text, answer] of [
  ['what is no request', 'nonsense\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a request without a host', 'GET /metrics HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  [
    'a request with two lengths',
    'GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    /^HTTP\/1\.1 400 /,
  ],
  ['a way through', 'CONNECT example.org:80 HTTP/1.1\r\nHost: x\r\n\r\n', /^(?!HTTP\/1\.1 2)/],
  [
    'a path without end',
    `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    /^HTTP\/1\.1 431 /,
  ],
] as const) {
  test(`${name} gets no page`, async (t) => {
    const { url } = await serve(t);
    const { heard } = say(url, text);
    t.regex(await heard, answer);
    t.is((await ask(url)).status, 200);
  });
}

test('what is being answered is finished before the server ends, and idle clients are let go', async (t) => {
  let answer: (() => void) | undefined;
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let release: (() => void) | undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = new MetricsServer(async (format) => {
    answer?.();
    await released;
    return pageOf(format);
  }, 'prometheus');
  const url = new URL(await server.listen({ address: '127.0.0.1', port: 0 }));
  const idle = connect(Number(url.port), '127.0.0.1');
  await once(idle, 'connect');
  const idleEnded = once(idle, 'close');
  const pending = ask(url);
  await asked;
  const closed = server.close();
  release?.();
  t.is((await pending).text, 'prometheus\n');
  await closed;
  await idleEnded;
  await t.throwsAsync(ask(url), { code: 'ECONNREFUSED' });
});

test('a port that is taken is an error', async (t) => {
  const { url } = await serve(t);
  const second = new MetricsServer(pageOf, 'prometheus');
  await t.throwsAsync(second.listen({ address: '127.0.0.1', port: Number(url.port) }), {
    code: 'EADDRINUSE',
  });
});

const listens = test.macro({
  exec: (t, text: string, address: string, port: number) =>
    t.deepEqual(parseListenAddress(text), { address, port }),
  title: (_, text) => `--listen ${text}`,
});

test(listens, '127.0.0.1:9112', '127.0.0.1', 9112);
test(listens, '9112', '127.0.0.1', 9112);
test(listens, '0.0.0.0:0', '0.0.0.0', 0);
test(listens, '[::1]:9112', '::1', 9112);
test(listens, '[::]:65535', '::', 65_535);

for (const text of [
  '',
  ':9112',
  '*:9112',
  'localhost:9112',
  '127.0.0.1',
  '127.0.0.1:',
  '127.0.0.1:65536',
  '127.0.0.1:-1',
  '127.1:80',
  '::1:9112',
  '[127.0.0.1]:80',
  '[::1]',
]) {
  test(`--listen "${text}" is refused`, (t) => {
    t.throws(() => parseListenAddress(text), { message: /Expected an address and a port/ });
  });
}

const chooses = test.macro({
  exec: (t, accept: string | undefined, format: MetricsFormat) =>
    t.is(chooseFormat(accept, 'prometheus'), format),
  title: (_, accept) => `Accept: ${accept}`,
});

test(chooses, undefined, 'prometheus');
test(chooses, '*/*', 'prometheus');
test(chooses, 'text/html', 'prometheus');
test(chooses, 'application/openmetrics-text', 'openmetrics');
test(chooses, 'Application/OpenMetrics-Text; Version="1.0.0"; charset=utf-8', 'openmetrics');
test(chooses, 'application/openmetrics-text;version=0.0.1', 'prometheus');
test(chooses, 'text/plain;version=0.0.4;q=0.9,application/openmetrics-text;q=0.5', 'prometheus');
test(chooses, 'application/openmetrics-text;q=x,text/plain;q=0.1', 'prometheus');
test(
  chooses,
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
  'openmetrics',
);

test('where a client has no preference, the default is taken', (t) => {
  t.is(chooseFormat('*/*', 'openmetrics'), 'openmetrics');
  t.is(chooseFormat('text/plain', 'openmetrics'), 'prometheus');
});

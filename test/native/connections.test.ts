import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { appendFile, readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { type Connection, type ConnectionFilter, IpvsError, type RequestEvent } from 'ipvs';
import {
  header,
  indexOf,
  lineOf,
  makeFolder,
  openFiles,
  openLines,
  syncedHeader,
  writeLargeTable,
} from './_connection-file.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Which files of a folder the process has open. */
async function openIn(folder: string): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`));
  return (await Promise.allSettled(links)).flatMap((link) =>
    link.status === 'fulfilled' && link.value.startsWith(folder) ? [link.value] : [],
  );
}

/** What is open in a folder, once that is nothing, or in the end. */
async function settledIn(folder: string): Promise<string[]> {
  const end = Date.now() + 20_000;
  for (;;) {
    collectGarbage();
    const found = await openIn(folder);
    if (found.length === 0 || Date.now() > end) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function all(listing: AsyncIterable<Connection>): Promise<Connection[]> {
  const connections: Connection[] = [];
  for await (const connection of listing) connections.push(connection);
  return connections;
}

const lines = {
  tcp: 'TCP 0A000001 03E8 0A090001 0050 0A010001 1F90 ESTABLISHED     899',
  closing: 'TCP 0A000002 03E8 0A090001 0050 0A010002 1F90 FIN_WAIT        119',
  udp6: 'UDP fd10:0000:0000:0000:0000:0000:0000:0002 BA64 fd09:0000:0000:0000:0000:0000:0000:0001 0035 fd20:0000:0000:0000:0000:0000:0000:0002 0035 UDP             299',
  mixed:
    'UDP 0A000003 03E8 0A090001 0035 fd20:0000:0000:0000:0000:0000:0000:0002 0035 UDP             299',
  sctp: 'SCTP 0A000001 03E8 0A090001 0009 0A010001 0009 C-ECHOED        119',
  esp: 'IP_50 0A000001 0000 0A090001 0000 0A010001 0000 ERR!             59',
  template: 'TCP 0A000000 0000 0A090001 0050 0A010001 1F90 ASSURED         359',
  invalidated: 'TCP 0A000100 0000 0A090001 FFFF 0A010001 FFFF NONE             59',
  mark: 'IP  0A000000 0000 00000007 0000 0A010001 0000 ASSURED         359',
  mark6:
    'IP  fd10:0000:0000:0000:0000:0000:0000:0000 0000 0000:0007:0000:0000:0000:0000:0000:0000 0000 fd20:0000:0000:0000:0000:0000:0000:0002 0000 NONE            359',
  sip: `UDP 0A000009 0000 0A090001 13C4 0A010001 13C4 ASSURED         359 sip a b\xff${'x'.repeat(251)}`,
};

test('a connection has everything that its line says', async (t) => {
  const { tcp, udp6, mixed, template, invalidated, mark, mark6, sip, esp } = lines;
  const connections = await openLines(t, [
    tcp,
    udp6,
    mixed,
    template,
    invalidated,
    mark,
    mark6,
    sip,
    esp,
  ]);
  const plain = { template: false, invalidated: false };
  t.deepEqual(await all(connections.list(undefined, undefined)), [
    {
      protocol: 'tcp',
      client: { address: '10.0.0.1', port: 1000 },
      virtual: { address: '10.9.0.1', port: 80 },
      destination: { address: '10.1.0.1', port: 8080 },
      state: 'ESTABLISHED',
      expires: 899,
      ...plain,
    },
    {
      protocol: 'udp',
      client: { address: 'fd10::2', port: 47716 },
      virtual: { address: 'fd09::1', port: 53 },
      destination: { address: 'fd20::2', port: 53 },
      state: 'UDP',
      expires: 299,
      ...plain,
    },
    {
      protocol: 'udp',
      client: { address: '10.0.0.3', port: 1000 },
      virtual: { address: '10.9.0.1', port: 53 },
      destination: { address: 'fd20::2', port: 53 },
      state: 'UDP',
      expires: 299,
      ...plain,
    },
    {
      protocol: 'tcp',
      client: { address: '10.0.0.0', port: 0 },
      virtual: { address: '10.9.0.1', port: 80 },
      destination: { address: '10.1.0.1', port: 8080 },
      state: 'ASSURED',
      expires: 359,
      template: true,
      invalidated: false,
    },
    {
      protocol: 'tcp',
      client: { address: '10.0.1.0', port: 0 },
      virtual: { address: '10.9.0.1', port: 65535 },
      destination: { address: '10.1.0.1', port: 65535 },
      state: 'NONE',
      expires: 59,
      template: true,
      invalidated: true,
    },
    {
      protocol: 'protocol-0',
      client: { address: '10.0.0.0', port: 0 },
      virtual: { fwmark: 7 },
      destination: { address: '10.1.0.1', port: 0 },
      state: 'ASSURED',
      expires: 359,
      template: true,
      invalidated: false,
    },
    {
      protocol: 'protocol-0',
      client: { address: 'fd10::', port: 0 },
      virtual: { fwmark: 7 },
      destination: { address: 'fd20::2', port: 0 },
      state: 'NONE',
      expires: 359,
      template: true,
      invalidated: false,
    },
    {
      protocol: 'udp',
      client: { address: '10.0.0.9', port: 0 },
      virtual: { address: '10.9.0.1', port: 5060 },
      destination: { address: '10.1.0.1', port: 5060 },
      state: 'ASSURED',
      expires: 359,
      template: true,
      invalidated: false,
      engine: { name: 'sip', data: `a b\xff${'x'.repeat(251)}` },
    },
    {
      protocol: 'protocol-50',
      client: { address: '10.0.0.1', port: 0 },
      virtual: { address: '10.9.0.1', port: 0 },
      destination: { address: '10.1.0.1', port: 0 },
      state: 'ERR!',
      expires: 59,
      ...plain,
    },
  ]);
});

test('the origin is told by the other file alone', async (t) => {
  const synced = [
    'TCP 0A000001 03E8 0A090001 0050 0A010001 1F90 ESTABLISHED LOCAL      899',
    'UDP 0A000009 0000 0A090001 13C4 0A010001 13C4 ASSURED     SYNC       359',
  ];
  const connections = await openLines(t, [lines.tcp, lines.sip], synced);
  const origins = async (filter: ConnectionFilter) =>
    (await all(connections.list(filter, undefined))).map(({ origin, engine }) => [
      origin,
      engine?.name,
    ]);
  t.deepEqual(await origins({ synced: true }), [
    ['local', undefined],
    ['sync', undefined],
  ]);
  t.deepEqual(await origins({ synced: false }), [
    [undefined, undefined],
    [undefined, 'sip'],
  ]);
  t.deepEqual(await origins({ synced: true, protocol: 'udp' }), [['sync', undefined]]);
});

const lists = test.macro({
  async exec(t, filter: ConnectionFilter, ...names: readonly (keyof typeof lines)[]) {
    const connections = await openLines(t, Object.values(lines));
    // Each line has a client or a protocol of its own.
    const key = ({ protocol, client, virtual, state }: Connection) =>
      JSON.stringify([protocol, client, virtual, state]);
    const known = new Map<string, string>();
    const everything = await all(connections.list(undefined, undefined));
    for (const [index, name] of Object.keys(lines).entries()) {
      known.set(key(everything[index] as Connection), name);
    }
    t.is(known.size, everything.length);
    const found = await all(connections.list(filter, undefined));
    t.deepEqual(
      found.map((connection) => known.get(key(connection))),
      [...names],
    );
  },
  title: (_, filter) => `the filter ${JSON.stringify(filter)} fits what it should`,
});

test(lists, { protocol: 'tcp' }, 'tcp', 'closing', 'template', 'invalidated');
test(lists, { protocol: 'sctp' }, 'sctp');
test(lists, { protocol: 'protocol-50' }, 'esp');
test(lists, { protocol: 'protocol-0' }, 'mark', 'mark6');
test(lists, { service: 'tcp/10.9.0.1:80' }, 'tcp', 'closing', 'template');
test(lists, { service: 'tcp/10.9.0.1:0' }, 'tcp', 'closing', 'template', 'invalidated');
test(lists, { service: 'udp/[fd09::1]:53' }, 'udp6');
test(lists, { service: 'udp/10.9.0.1:53' }, 'mixed');
test(lists, { service: 'tcp/0.0.0.7:0' });
test(lists, { service: { fwmark: 7 } }, 'mark');
test(lists, { service: 'fwmark/7/ipv6' }, 'mark6');
test(lists, { service: 'fwmark/8' });
test(lists, { client: '10.0.0.1' }, 'tcp', 'sctp', 'esp');
test(lists, { client: '10.0.0.2/31' }, 'closing', 'mixed');
test(lists, { client: '10.0.1.9/24' }, 'invalidated');
test(lists, { client: 'fd10::/64' }, 'udp6', 'mark6');
test(lists, { client: '::/0' }, 'udp6', 'mark6');
test(lists, { destination: '10.1.0.2' }, 'closing');
test(lists, { destination: '10.1.0.2:8081' });
test(lists, { destination: '10.1.0.1:0' }, 'esp', 'mark');
test(lists, { destination: { address: '10.1.0.1', port: 8080 } }, 'tcp', 'template');
test(lists, { destination: 'fd20::2' }, 'udp6', 'mixed', 'mark6');
test(lists, { destination: '[fd20::2]:53' }, 'udp6', 'mixed');
test(lists, { state: 'established' }, 'tcp');
test(lists, { state: 'C-ECHOED' }, 'sctp');
test(lists, { state: 'NONE' }, 'invalidated', 'mark6');
test(lists, { state: 'ERR!' }, 'esp');
test(lists, { templates: 'only' }, 'template', 'invalidated', 'mark', 'mark6', 'sip');
test(lists, { templates: 'exclude' }, 'tcp', 'closing', 'udp6', 'mixed', 'sctp', 'esp');
test(lists, { templates: 'only', protocol: 'tcp', client: '10.0.0.0/24' }, 'template');
test(lists, { protocol: 'udp', client: '10.0.0.3', destination: 'fd20::2', state: 'UDP' }, 'mixed');

test('what comes twice is listed twice, unless it is to be unique', async (t) => {
  const { tcp, mark, sip } = lines;
  const again = tcp.replace('ESTABLISHED', 'CLOSE      ');
  const connections = await openLines(t, [tcp, mark, sip, again, mark, sip, `${sip}2`]);
  const states = async (filter: ConnectionFilter) =>
    (await all(connections.list(filter, undefined))).map(({ state }) => state);
  t.is((await states({})).length, 7);
  t.deepEqual(await states({ unique: true }), ['ESTABLISHED', 'ASSURED', 'ASSURED', 'ASSURED']);
});

test('a line that cannot be read is left out, which the diagnostics channel tells', async (t) => {
  const connections = await openLines(t, ['what is this', lines.tcp, 'TCP 0A000001']);
  const events: RequestEvent[] = [];
  const listener = (event: unknown) => {
    if ((event as RequestEvent).target === 'tcp/10.9.0.1:80') events.push(event as RequestEvent);
  };
  subscribe('ipvs:request', listener);
  const found = await all(connections.list({ service: 'tcp/10.9.0.1:80' }, undefined));
  unsubscribe('ipvs:request', listener);
  t.is(found.length, 1);
  t.true(events.every(({ operation }) => operation === 'list-connections'));
  // A slow reader may need more than one part.
  t.is(
    events.reduce((sum, { skipped = 0 }) => sum + skipped, 0),
    2,
  );
});

test('states and columns of a newer kernel do no harm', async (t) => {
  const folder = await makeFolder(t);
  const file = join(folder, 'newer');
  const newer = [
    `${header} Mark Flags`,
    `${lines.tcp.replace('ESTABLISHED', 'QUANTUM    ')} 00000000 M`,
    `${lines.sip} 00000007 T`,
  ];
  await writeFile(file, `${newer.join('\n')}\n`, 'latin1');
  const [tcp, sip] = await all(openFiles(t, file).list(undefined, undefined));
  t.is(tcp?.state, 'QUANTUM');
  t.is(tcp?.engine, undefined);
  t.is(sip?.engine?.data, `a b\xff${'x'.repeat(251)}`);
});

test('a file that is not there or is none of connections is an error', async (t) => {
  const folder = await makeFolder(t);
  const missing = join(folder, 'missing');
  const listing = openFiles(t, missing).list({ service: 'fwmark/7' }, undefined);
  const error = (await t.throwsAsync(listing.next(), { instanceOf: IpvsError })) as IpvsError;
  t.is(error.code, 'ENOENT');
  t.is(error.errno, -2);
  t.is(error.operation, 'list-connections');
  t.is(error.target, 'fwmark/7/ipv4');
  t.is(error.missing, undefined);
  t.true(error.reason.startsWith(`there is no ${missing}: the module ip_vs is not loaded`));
  t.deepEqual(await listing.next(), { done: true, value: undefined });

  await t.throwsAsync(openFiles(t, folder).list(undefined, undefined).next(), {
    instanceOf: IpvsError,
    code: 'EISDIR',
  });

  const other = join(folder, 'other');
  await writeFile(other, 'IP Virtual Server version 1.2.1 (size=4096)\n');
  await t.throwsAsync(openFiles(t, other).list(undefined, undefined).next(), {
    instanceOf: IpvsError,
    code: 'EBADMSG',
    message: `EBADMSG: list-connections: the kernel's answer cannot be read (${other} does not begin with the columns of connections)`,
  });
});

test('a bad filter and bad options are thrown by the call itself', async (t) => {
  const connections = await openLines(t, []);
  t.throws(() => connections.list({ protocl: 'tcp' } as object, undefined), {
    code: 'ERR_IPVS_INVALID_VALUE',
    message: 'protocl: expected no field of this name, got "tcp"',
  });
  t.throws(() => connections.list({}, { singal: undefined } as object), {
    code: 'ERR_IPVS_INVALID_VALUE',
  });
});

/** A table that takes many parts, in a folder of its own. */
async function makeLongTable(t: Parameters<typeof makeFolder>[0]) {
  const folder = await makeFolder(t);
  const file = join(folder, 'ip_vs_conn');
  await writeLargeTable(file, 20_000);
  return { folder, connections: openFiles(t, file) };
}

test('leaving the loop closes the file', async (t) => {
  const { folder, connections } = await makeLongTable(t);
  for await (const connection of connections.list(undefined, undefined)) {
    t.is(indexOf(connection), 0);
    break;
  }
  t.deepEqual(await settledIn(folder), []);
});

test('a signal ends the listing and closes the file, also between two entries', async (t) => {
  const { folder, connections } = await makeLongTable(t);
  const controller = new AbortController();
  const listing = connections.list(undefined, { signal: controller.signal });
  await listing.next();
  t.is((await openIn(folder)).length, 1);
  controller.abort('enough');
  t.deepEqual(await settledIn(folder), []);
  t.is(await listing.next().catch((reason) => reason), 'enough');
  t.deepEqual(await listing.next(), { done: true, value: undefined });

  const aborted = connections.list(undefined, { signal: AbortSignal.abort('before') });
  t.is(await aborted.next().catch((reason) => reason), 'before');
  t.deepEqual(await openIn(folder), []);
});

test('a listing that is forgotten closes its file when it is collected', async (t) => {
  const { folder, connections } = await makeLongTable(t);
  const { signal } = new AbortController();
  await (async () => {
    const listings = [{}, {}, { signal }].map((options) => connections.list(undefined, options));
    await Promise.all(listings.map((listing) => listing.next()));
    t.is((await openIn(folder)).length, 3);
    t.is(listings.length, 3);
  })();
  t.deepEqual(await settledIn(folder), []);
  t.false(signal.aborted);
});

test('two listings at once do not disturb each other', async (t) => {
  const { connections } = await makeLongTable(t);
  const first = connections.list(undefined, undefined);
  const second = connections.list(undefined, undefined);
  for (let index = 0; index < 20_000; index += 1) {
    const [one, other] = await Promise.all([first.next(), second.next()]);
    if (one.done || other.done || indexOf(one.value) !== index || indexOf(other.value) !== index) {
      t.fail(`at ${index}`);
      return;
    }
  }
  t.true((await first.next()).done);
  t.true((await second.next()).done);
});

test.serial(
  'a million connections are listed, each once and in order, in the memory of a few',
  async (t) => {
    t.timeout(300_000);
    const folder = await makeFolder(t);
    const file = join(folder, 'ip_vs_conn');
    const count = 1_000_000;
    await writeLargeTable(file, count);
    const connections = openFiles(t, file);
    const used = () => {
      collectGarbage();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    let before = 0;
    let most = 0;
    let next = 0;
    for await (const connection of connections.list(undefined, undefined)) {
      if (indexOf(connection) !== next) {
        t.fail(`${JSON.stringify(connection)} in the place of ${lineOf(next)}`);
        return;
      }
      if (next === 100_000) before = used();
      else if (next % 100_000 === 0) most = Math.max(most, used());
      next += 1;
    }
    t.is(next, count);
    t.true(most - before < 4_000_000, `${most - before} bytes more`);
  },
);

test.serial('of a million connections those that are wanted are found', async (t) => {
  t.timeout(300_000);
  const folder = await makeFolder(t);
  const file = join(folder, 'ip_vs_conn');
  await writeLargeTable(file, 1_000_000);
  await appendFile(file, `${lines.udp6}\n${lineOf(5)}\n${lineOf(999_999)}\n`);
  const connections = openFiles(t, file);
  const found = await all(connections.list({ protocol: 'udp' }, undefined));
  t.deepEqual(
    found.map(({ client }) => client.address),
    ['fd10::2'],
  );
  let unique = 0;
  for await (const _ of connections.list({ unique: true }, undefined)) unique += 1;
  t.is(unique, 1_000_001);
});

test('the first line of the other file is not that of this one', async (t) => {
  // What is asked for does not matter: the file says itself which it is.
  const connections = await openLines(t, []);
  const folder = await makeFolder(t);
  const file = join(folder, 'swapped');
  await writeFile(
    file,
    `${syncedHeader}\nTCP 0A000001 03E8 0A090001 0050 0A010001 1F90 CLOSE       SYNC         9\n`,
  );
  t.deepEqual(await all(connections.list(undefined, undefined)), []);
  const [connection] = await all(openFiles(t, file).list(undefined, undefined));
  t.is(connection?.origin, 'sync');
});

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readlinkSync, writeFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { InvalidValueError, Ipvs, IpvsError, type IpvsSync } from 'ipvs';
import { checkOpenOptions } from '#lib/kernel/options.js';
import { Services } from '#lib/kernel/services.js';
import { Session } from '#lib/kernel/session.js';
import { SyncCalls } from '#lib/kernel/sync-calls.js';
import { blocksOf, makeFolder, readPage } from '../unit/_docs-page.js';
import { labModprobe, replaceModprobe, run } from './_modprobe.js';
import { makeNamespace } from './_namespace.js';
import { runChild } from './_run-child.js';
import { overEach, transports } from './_transports.js';
import type { Counts } from './children/_counts.js';

const service = { protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'rr' } as const;
const id = 'tcp/192.0.2.1:80';
const server = { address: '10.0.0.1', port: 8080 } as const;
const serverId = '10.0.0.1:8080';

const namespaceOf = (what: 'self' | 'thread-self') => readlinkSync(`/proc/${what}/ns/net`);

overEach('what a call does is done when it returns', async (t, make) => {
  const { ipvs, ipvsadm } = await make(t);
  const { sync } = ipvs;
  const saved = async () => (await ipvsadm('-Sn')).trimEnd().split('\n').join('; ');

  sync.addService(service);
  t.is(await saved(), '-A -t 192.0.2.1:80 -s rr');
  sync.setService({ ...service, scheduler: 'wlc', persistence: { timeout: 60 } });
  t.is(await saved(), '-A -t 192.0.2.1:80 -s wlc -p 60');
  sync.updateService(id, { scheduler: 'rr' });
  t.is(await saved(), '-A -t 192.0.2.1:80 -s rr -p 60');

  const rest = (destination: string) =>
    `-A -t 192.0.2.1:80 -s rr -p 60; -a -t 192.0.2.1:80 -r 10.0.0.1:8080 ${destination}`;
  sync.addDestination(id, { ...server, weight: 3 });
  t.is(await saved(), rest('-m -w 3'));
  sync.setDestination(id, { ...server, weight: 4 });
  t.is(await saved(), rest('-m -w 4'));
  sync.updateDestination(id, server, { weight: 0 });
  t.is(await saved(), rest('-m -w 0'));
  t.deepEqual(sync.listDestinations(id), await ipvs.listDestinations(id));
  sync.removeDestination(id, serverId);
  t.deepEqual(sync.listDestinations(id), []);
  t.is(await saved(), '-A -t 192.0.2.1:80 -s rr -p 60');

  sync.zero(id);
  sync.zero();
  t.deepEqual(sync.getService(service), await ipvs.getService(service));
  t.deepEqual(sync.listServices(), await ipvs.listServices());
  sync.removeService(service);
  t.is(sync.getService(id), undefined);
  t.is(await saved(), '');

  await Promise.all([ipvs.addService(service), ipvs.addService({ fwmark: 1 })]);
  t.is(sync.listServices().length, 2);
  sync.flush();
  t.is(await saved(), '');
});

overEach('settings are read and set', async (t, make) => {
  const { ipvs, ipvsadm } = await make(t);
  const { sync } = ipvs;
  t.deepEqual(sync.info(), await ipvs.info());
  t.deepEqual(sync.timeouts(), { tcp: 900, tcpFin: 120, udp: 300 });
  sync.setTimeouts({ tcp: 11, udp: 33 });
  t.regex(await ipvsadm('-L', '--timeout'), /11 120 33/);
  t.deepEqual(sync.timeouts(), await ipvs.timeouts());
});

test('zeroing takes away what was counted', async (t) => {
  const { ipvs, run: inside } = await makeNamespace(t);
  const { sync } = ipvs;
  const udp = { protocol: 'udp', address: '127.0.0.1', port: 5353, scheduler: 'rr' } as const;
  sync.addService(udp);
  const packets = () => sync.getService(udp)?.stats.packetsIn ?? 0n;
  sync.addDestination(udp, { address: '127.0.0.2', port: 5353 });
  await inside('perl', '-MSocket', '-e', send);
  // The kernel takes stock every two seconds.
  const end = Date.now() + 20_000;
  while (packets() === 0n && Date.now() < end) await sleep(100);
  t.is(packets(), 1n);
  sync.zero(udp);
  t.is(packets(), 0n);
});

const send = `socket S, AF_INET, SOCK_DGRAM, 0;
  send S, "x", 0, sockaddr_in(5353, inet_aton("127.0.0.1")) or die $!;`;

overEach('a long list comes whole', async (t, make) => {
  const { ipvs } = await make(t);
  const count = 1500;
  const adding = [ipvs.addService(service)];
  for (let index = 0; index < count; index += 1) {
    adding.push(ipvs.addDestination(id, { address: `10.1.${index >> 8}.${index & 255}` }));
    adding.push(ipvs.addService({ fwmark: index + 1, scheduler: 'rr' }));
  }
  await Promise.all(adding);
  const { sync } = ipvs;
  t.is(sync.listServices().length, count + 1);
  t.deepEqual(sync.listServices(), await ipvs.listServices());
  t.is(sync.listDestinations(id).length, count);
  t.deepEqual(sync.listDestinations(id), await ipvs.listDestinations(id));
  sync.updateDestination(id, `10.1.${(count - 1) >> 8}.${(count - 1) & 255}:80`, { weight: 9 });
  t.is((await ipvs.listDestinations(id)).at(-1)?.weight, 9);
});

/** A call of either door. */
type Door = Ipvs | IpvsSync;

/** What the kernel, the checks or the way refuse where there are the service and its destination. */
const refusals: readonly ((door: Door) => unknown)[] = [
  (door) => door.addService(service),
  (door) => door.addService({ ...service, port: 81, scheduler: 'nosuch' }),
  (door) => door.addService({ ...service, port: 81, persistence: { engine: 'nosuch' } }),
  (door) =>
    door.addService({ ...service, port: 81, scheduler: 'nosuch', persistence: { engine: 'sip' } }),
  (door) => door.addService({ fwmark: 7, scheduler: 'nosuch' }),
  (door) => door.addService({ ...service, port: 65536 }),
  (door) => door.addService({ ...service, scheduler: '' }),
  (door) => door.setService({ ...service, address: 'fd00::1' }),
  (door) => door.setService({ ...service, port: 81 }),
  (door) => door.setService({ ...service, scheduler: 'nosuch' }),
  (door) => door.setService({ ...service, protocol: 'icmp' as 'tcp' }),
  (door) => door.updateService('tcp/192.0.2.1:81', { scheduler: 'rr' }),
  (door) => door.updateService(id, { scheduler: 'nosuch' }),
  (door) => door.updateService(id, { scheduler: 'nosuch', persistence: { engine: 'nosuch' } }),
  (door) => door.updateService(id, { persistence: { netmask: 64 } }),
  (door) => door.updateService('tcp/[fd00::1]:80', { scheduler: 'rr' }),
  (door) => door.removeService('tcp/192.0.2.1:81'),
  (door) => door.removeService('tcp/[fd00::1]:80'),
  (door) => door.removeService('tcp/192.0.2.1'),
  (door) => door.getService('tcp/192.0.2.1:81'),
  (door) => door.getService('fwmark/0'),
  (door) => door.getService('tcp/[fd00::1]:80'),
  (door) => door.listDestinations('fwmark/7/ipv4'),
  (door) => door.listDestinations('x'),
  (door) => door.addDestination(id, server),
  (door) => door.addDestination(id, { address: '127.255.255.255' }),
  (door) => door.setDestination(id, { address: 'fd00::2', forward: 'tunnel' }),
  (door) => door.addDestination(id, { ...server, weight: -1 }),
  (door) => door.addDestination(id, { ...server, upperThreshold: 1, lowerThreshold: 2 }),
  (door) =>
    door.setDestination(id, { address: '10.0.0.2', forward: 'tunnel', tunnel: { type: 'gre' } }),
  (door) => door.addDestination('fwmark/7/ipv4', server),
  (door) => door.setDestination(id, { ...server, port: 8081 }),
  (door) => door.setDestination('fwmark/7/ipv4', server),
  (door) => door.updateDestination(id, '10.0.0.1:8081', { weight: 1 }),
  (door) => door.updateDestination('fwmark/7/ipv4', server, { weight: 1 }),
  (door) => door.updateDestination(id, server, { upperThreshold: 1, lowerThreshold: 2 }),
  (door) => door.updateDestination(id, server, { weight: 2 ** 31 }),
  (door) => door.removeDestination(id, '10.0.0.1:8081'),
  (door) => door.removeDestination('fwmark/7/ipv4', server),
  (door) => door.removeDestination(id, 'x'),
  (door) => door.zero('fwmark/7/ipv4'),
  (door) => door.zero('tcp/0.0.0.0:0'),
  (door) => door.setTimeouts({ tcp: 2 ** 31 - 1 }),
  (door) => door.setTimeouts({ tcp: 0 }),
];

/** Everything that an error says. */
function said(error: unknown): unknown {
  if (error instanceof InvalidValueError) return { ...error, message: error.message };
  if (!(error instanceof IpvsError)) throw error;
  const { name, code, errno, operation, target, reason, missing, message, cause } = error;
  return {
    name,
    code,
    errno,
    operation,
    target,
    reason,
    missing,
    message,
    cause: { ...(cause as Error), message: (cause as Error | undefined)?.message },
  };
}

/** What came of a call. */
async function outcomeOf(call: () => unknown): Promise<unknown> {
  try {
    return { result: await call() };
  } catch (error) {
    return said(error);
  }
}

overEach('what is refused is refused in the same words', async (t, make) => {
  const { ipvs } = await make(t);
  await Promise.all([ipvs.addService(service), ipvs.addDestination(id, server)]);
  const codes = new Set<unknown>();
  for (const call of refusals) {
    const promised = await outcomeOf(() => call(ipvs));
    const thrown = await outcomeOf(() => call(ipvs.sync));
    t.deepEqual(thrown, promised, String(call));
    codes.add((thrown as { code?: unknown }).code);
  }
  const met = ['EEXIST', 'EINVAL', 'ENOENT', 'ERR_IPVS_INVALID_VALUE', 'ESRCH'];
  for (const code of met) t.true(codes.has(code), code);
  t.is(codes.has('ERR_IPVS_UNSUPPORTED'), ipvs.transport === 'sockopt');
  t.deepEqual(ipvs.sync.listServices(), await ipvs.listServices());
  t.is(ipvs.sync.listServices().length, 1);
});

overEach('a synchronous call overtakes what has not been sent', async (t, make) => {
  const { ipvs } = await make(t);
  const late = ipvs.addService({ ...service, scheduler: 'wlc' });
  ipvs.sync.addService(service);
  await t.throwsAsync(late, { instanceOf: IpvsError, code: 'EEXIST' });
  // What was awaited was before it.
  await ipvs.updateService(id, { scheduler: 'lc' });
  t.is(ipvs.sync.getService(id)?.scheduler, 'lc');
});

/** Unloads the module of the devices, which the kernel still holds while it takes down namespaces that had one. */
async function unloadDummy(): Promise<void> {
  const end = Date.now() + 60_000;
  while (existsSync('/sys/module/dummy')) {
    try {
      await run('rmmod', ['dummy']);
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(500);
    }
  }
}

for (const transport of transports) {
  test.serial(`the thread of the handle need not be free (${transport})`, async (t) => {
    const { ipvs } = await makeNamespace(t, { transport });
    ipvs.sync.addService(service);
    // While the kernel looks for the module of a device, it holds the thread, and nothing that has to do with IPVS.
    await unloadDummy();
    const restore = replaceModprobe(
      t,
      `touch "$0.begun"; while [ -e "$0" ] && [ ! -e "$0.leave" ]; do sleep 0.1; done; exec ${labModprobe()} "$@"`,
    );
    const script = labModprobe();
    const order: string[] = [];
    const held = ipvs.ensureDummy('ipvs0').then(() => order.push('held'));
    const behind = ipvs.removeService(service).then(() => order.push('behind'));
    while (!existsSync(`${script}.begun`)) await sleep(10);
    ipvs.sync.addDestination(id, server);
    t.is(ipvs.sync.listDestinations(id).length, 1);
    ipvs.sync.updateService(id, { scheduler: 'wlc' });
    t.is(ipvs.sync.getService(id)?.scheduler, 'wlc');
    order.push('synchronous');
    writeFileSync(`${script}.leave`, '');
    await Promise.all([held, behind]);
    restore();
    // The other two can be answered together, and then it is not said which is told first.
    t.is(order[0], 'synchronous');
    t.is(order.length, 3);
    t.is(ipvs.sync.getService(id), undefined);
  });
}

overEach('it is used while the thread of the handle works', async (t, make) => {
  const { ipvs } = await make(t);
  const rounds: Promise<unknown>[] = [];
  for (let round = 0; round < 20; round += 1) {
    for (let index = 0; index < 200; index += 1) {
      rounds.push(ipvs.addService({ fwmark: 1 + round * 200 + index, scheduler: 'rr' }));
    }
    await new Promise((resolve) => setImmediate(resolve));
    ipvs.sync.addService({ ...service, port: round + 1 });
    t.truthy(ipvs.sync.getService({ ...service, port: round + 1 }));
  }
  await Promise.all(rounds);
  t.is(ipvs.sync.listServices().length, 20 * 200 + 20);
});

overEach(
  'it works in the namespace of the handle, which the caller never enters',
  async (t, make) => {
    const own = [namespaceOf('self'), namespaceOf('thread-self')];
    const one = await make(t);
    const other = await make(t);
    one.ipvs.sync.addService(service);
    t.is(await one.ipvsadm('-Sn'), '-A -t 192.0.2.1:80 -s rr\n');
    t.deepEqual(other.ipvs.sync.listServices(), []);
    t.deepEqual([namespaceOf('self'), namespaceOf('thread-self')], own);
  },
);

overEach('a namespace need not have its name any more', async (t, make) => {
  const { ipvs } = await make(t);
  const netns = `t${randomBytes(4).toString('hex')}`;
  execFileSync('ip', ['netns', 'add', netns]);
  const nameless = await Ipvs.open({ netns, transport: ipvs.transport, timeout: 60_000 });
  t.teardown(() => nameless.close());
  execFileSync('ip', ['netns', 'delete', netns]);
  nameless.sync.addService(service);
  t.is((await nameless.listServices()).length, 1);
  t.deepEqual(await ipvs.listServices(), []);
});

for (const transport of transports) {
  test(`it works in a namespace that was made for the handle (${transport})`, async (t) => {
    const own = namespaceOf('thread-self');
    const options = checkOpenOptions({ transport, timeout: 60_000 });
    const session = new Session({ ...options, networkNamespace: null });
    t.teardown(() => session.close());
    await session.begin(undefined);
    const sync = new SyncCalls(session, session.directLine);
    sync.addService({ fwmark: 7041, scheduler: 'rr' });
    t.deepEqual(
      (await new Services(session).list(undefined)).map((each) => each.id),
      ['fwmark/7041/ipv4'],
    );
    await using here = await Ipvs.open();
    t.is(here.sync.getService('fwmark/7041/ipv4'), undefined);
    t.is(namespaceOf('thread-self'), own);
  });

  for (const [way, status] of [
    ['end', 0],
    ['exit', 0],
    ['busy', 0],
    ['throw', 1],
  ] as const) {
    test(`it works when the process leaves: ${way} (${transport})`, async (t) => {
      const { name, ipvs } = await makeNamespace(t);
      const ended = await runChild('sync-at-exit', [name, transport, way]);
      t.is(ended.status, status, ended.stderr);
      t.deepEqual(JSON.parse(ended.stdout), ['10.71.1.1:80 0', '10.71.1.2:80 1']);
      const left = await ipvs.listDestinations('tcp/10.71.0.1:80');
      t.deepEqual(
        left.map((each) => each.id),
        ['10.71.1.2:80'],
      );
    });
  }
}

test('the example of the README does what it says', async (t) => {
  const { name, ipvs, run: inside } = await makeNamespace(t);
  await Promise.all([
    ipvs.addService({ protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'rr' }),
    ipvs.addDestination('tcp/10.0.0.1:80', { address: '10.1.0.5' }),
    ipvs.addDestination('tcp/10.0.0.1:80', { address: '10.1.0.6', weight: 7 }),
  ]);
  const examples = blocksOf(await readPage('../README.md'));
  const [example] = examples.filter(({ text }) => text.includes('ipvs.sync.'));
  const folder = await makeFolder(name);
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'example.mjs'), example?.text ?? '');
  await inside(process.execPath, join(folder, 'example.mjs'));
  t.deepEqual(
    (await ipvs.listDestinations('tcp/10.0.0.1:80')).map(({ weight }) => weight),
    [0, 0],
  );
});

overEach(
  'after closing every call says so, once what is wrong with it has been said',
  async (t, make) => {
    const { ipvs } = await make(t);
    const { sync } = ipvs;
    sync.addService(service);
    await ipvs.close();
    const calls: Record<string, () => unknown> = {
      'get-info': () => sync.info(),
      'list-services': () => sync.listServices(),
      'get-service': () => sync.getService(id),
      'add-service': () => sync.addService(service),
      'set-service': () => sync.setService(service),
      'update-service': () => sync.updateService(id, {}),
      'remove-service': () => sync.removeService(id),
      'list-destinations': () => sync.listDestinations(id),
      'add-destination': () => sync.addDestination(id, server),
      'set-destination': () => sync.setDestination(id, server),
      'update-destination': () => sync.updateDestination(id, server, {}),
      'remove-destination': () => sync.removeDestination(id, server),
      flush: () => sync.flush(),
      zero: () => sync.zero(),
      'get-timeouts': () => sync.timeouts(),
      'set-timeouts': () => sync.setTimeouts({ udp: 1 }),
    };
    for (const [operation, call] of Object.entries(calls)) {
      const error = t.throws(call, { instanceOf: IpvsError, code: 'ERR_IPVS_CLOSED' });
      t.is(error?.operation as string, operation);
      t.is(error?.errno, undefined);
    }
    t.throws(() => sync.addService({ ...service, port: 65536 }), { instanceOf: InvalidValueError });
  },
);

test('it is over at once when the handle is closed, whatever that waits for', async (t) => {
  const { ipvs } = await makeNamespace(t);
  ipvs.sync.info();
  const closed = ipvs.close();
  t.throws(() => ipvs.sync.info(), { code: 'ERR_IPVS_CLOSED' });
  await closed;
});

function leavesNothing(t: ExecutionContext, { before, after }: { before: Counts; after: Counts }) {
  const counts = JSON.stringify({ before, after });
  t.true(after.descriptors <= before.descriptors, counts);
  t.true(after.threads <= before.threads, counts);
}

test.serial('200 handles used and closed leave nothing behind', async (t) => {
  const { name } = await makeNamespace(t);
  const ended = await runChild('sync-handles', [name], { flags: ['--expose-gc'] });
  t.is(ended.stderr, '');
  t.is(ended.status, 0);
  leavesNothing(t, JSON.parse(ended.stdout));
});

test.serial(
  'it works in worker threads, and what is ended in the middle of it leaves nothing',
  async (t) => {
    const { name } = await makeNamespace(t);
    const ended = await runChild('sync-workers', [name]);
    t.is(ended.stderr, '');
    t.is(ended.status, 0);
    const outcome = JSON.parse(ended.stdout);
    t.deepEqual(outcome.seen, ['tcp/10.72.0.1:80']);
    leavesNothing(t, outcome);
  },
);

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import test, { type ExecutionContext } from 'ava';
import { type Ipvs, IpvsError, type ObservedDestination, type Operation } from 'ipvs';
import { refuses } from './_expect.js';
import { makeNamespace, type Namespace } from './_namespace.js';
import { addOverOptions } from './_old-interface.js';
import { overEach } from './_transports.js';

/** A namespace with a handle for each transport. */
async function makeBoth(t: ExecutionContext): Promise<Namespace & { readonly old: Ipvs }> {
  const namespace = await makeNamespace(t, { transport: 'netlink' });
  return { ...namespace, old: await namespace.open({ transport: 'sockopt' }) };
}

const tcp = { protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'rr' } as const;
const tcp6 = { protocol: 'tcp', address: '2001:db8::1', port: 80, scheduler: 'rr' } as const;
const udp = { protocol: 'udp', address: '192.0.2.1', port: 53, scheduler: 'rr' } as const;

const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => String(id));

test('services of IPv6 are not listed, and removed with all others', async (t) => {
  const { ipvs, old } = await makeBoth(t);
  await Promise.all([
    ipvs.addService(tcp),
    ipvs.addService(tcp6),
    ipvs.addService({ fwmark: 7 }),
    ipvs.addService({ fwmark: 7, family: 'ipv6' }),
  ]);
  t.deepEqual(idsOf(await old.listServices()), ['tcp/192.0.2.1:80', 'fwmark/7/ipv4']);
  await old.flush();
  t.deepEqual(await ipvs.listServices(), []);
});

test('destinations of IPv6 are not listed, however many there are', async (t) => {
  const { ipvs, old } = await makeBoth(t);
  await ipvs.addService(tcp);
  for (let index = 1; index <= 3; index += 1) {
    await ipvs.addDestination(tcp, { address: `198.51.100.${index}`, forward: 'tunnel' });
    for (let other = 0; other < 20; other += 1) {
      const address = `fd20::${index}:${other}`;
      await ipvs.addDestination(tcp, { address, forward: 'tunnel' });
    }
  }
  t.is((await ipvs.listDestinations(tcp)).length, 63);
  t.deepEqual(idsOf(await old.listDestinations(tcp)), [
    '198.51.100.1:80',
    '198.51.100.2:80',
    '198.51.100.3:80',
  ]);
});

test('an engine is not seen, and gone after a change', async (t) => {
  const { ipvs, old } = await makeBoth(t);
  const persistence = { timeout: 60, netmask: '255.255.255.255' };
  await ipvs.addService({ ...udp, persistence: { ...persistence, engine: 'sip' } });
  t.deepEqual((await old.getService(udp))?.persistence, persistence);
  await old.updateService(udp, { scheduler: 'wrr' });
  t.deepEqual((await ipvs.getService(udp))?.persistence, persistence);
});

test('every tunnel reads as IPIP, and is one after a change', async (t) => {
  const { ipvs, old } = await makeBoth(t);
  await ipvs.addService(tcp);
  const tunnel = { type: 'gue', port: 6080, checksum: 'full' } as const;
  await ipvs.addDestination(tcp, { address: '198.51.100.1', forward: 'tunnel', tunnel });
  const plain = { type: 'ipip', checksum: 'none' } as const;
  const [before] = (await ipvs.listDestinations(tcp)) as [ObservedDestination];
  t.deepEqual(await old.listDestinations(tcp), [{ ...before, tunnel: plain }]);
  await old.updateDestination(tcp, '198.51.100.1:80', { weight: 8 });
  t.deepEqual(await ipvs.listDestinations(tcp), [{ ...before, weight: 8, tunnel: plain }]);
});

test('updateDestination keeps every field it is not given and the socket options know', async (t) => {
  const { old } = await makeBoth(t);
  await old.addService(tcp);
  await old.addDestination(tcp, {
    address: '198.51.100.1',
    forward: 'tunnel',
    weight: 7,
    upperThreshold: 9,
    lowerThreshold: 8,
  });
  const [before] = (await old.listDestinations(tcp)) as [ObservedDestination];
  const expect = async (changed: object) =>
    t.deepEqual(await old.listDestinations(tcp), [{ ...before, ...changed }]);
  const id = '198.51.100.1:80';
  await old.updateDestination(tcp, id, { weight: 0 });
  await expect({ weight: 0 });
  await old.updateDestination(tcp, id, { upperThreshold: 10 });
  await expect({ weight: 0, upperThreshold: 10 });
  await old.updateDestination(tcp, id, { tunnel: { type: 'ipip', checksum: 'none' }, weight: 7 });
  await expect({ upperThreshold: 10 });
  await old.updateDestination(tcp, id, { forward: 'direct' });
  const { tunnel: _, ...untunnelled } = before;
  t.deepEqual(await old.listDestinations(tcp), [
    { ...untunnelled, upperThreshold: 10, forward: 'direct' },
  ]);
});

test('a scheduler that is not available is named', async (t) => {
  const { old } = await makeBoth(t);
  const missing = { code: 'ENOENT', missing: 'scheduler', target: 'tcp/192.0.2.1:80' } as const;
  await refuses(t, old.addService({ ...tcp, scheduler: 'nosuch' }), {
    ...missing,
    operation: 'add-service',
    reason: /modprobe ip_vs_nosuch"$/,
  });
  await old.addService(tcp);
  await refuses(t, old.updateService(tcp, { scheduler: 'nosuch' }), {
    ...missing,
    operation: 'update-service',
  });
});

test('zero sets the counters of one service or of all to 0', async (t) => {
  const { old } = await makeBoth(t);
  await old.zero();
  await old.addService(tcp);
  await old.addService({ fwmark: 9 });
  await t.notThrowsAsync(Promise.all([old.zero(tcp), old.zero('fwmark/9'), old.zero()]));
});

overEach('flags without a word survive a change of others', async (t, makeNamespace) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  await addOverOptions(namespace, { ...udp, protocol: 17, scheduler: 'sh', flags: 0x80000054 });
  const unknown = { unknownFlags: 0x80000040 };
  const expect = async (expected: object) =>
    t.like(await ipvs.getService(udp), { ...unknown, ...expected });
  await expect({ onePacket: true, schedulerFlags: ['sh-port'] });
  await ipvs.updateService(udp, { onePacket: false });
  await expect({ onePacket: false, schedulerFlags: ['sh-port'] });
  await ipvs.updateService(udp, { schedulerFlags: ['sh-fallback'], persistence: true });
  await expect({ onePacket: false, schedulerFlags: ['sh-fallback'] });
  await ipvs.setService(udp);
  await expect({ onePacket: false, schedulerFlags: [], scheduler: 'rr' });
});

overEach('a mark is found under whatever protocol it was made', async (t, makeNamespace) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  for (const [index, protocol] of [6, 17, 132].entries()) {
    const fwmark = index + 1;
    await addOverOptions(namespace, { protocol, fwmark, scheduler: 'rr', flags: 0 });
    const mark = { fwmark } as const;
    await t.throwsAsync(ipvs.addService(mark), { code: 'EEXIST' });
    await ipvs.updateService(mark, { scheduler: 'wrr' });
    await ipvs.addDestination(mark, { address: '198.51.100.1' });
    await ipvs.updateDestination(mark, '198.51.100.1:0', { weight: 2 });
    t.is((await ipvs.listDestinations(mark))[0]?.weight, 2);
    await ipvs.removeDestination(mark, '198.51.100.1:0');
    await ipvs.setService({ ...mark, scheduler: 'lc' });
    await ipvs.zero(mark);
    t.is((await ipvs.getService(mark))?.scheduler, 'lc');
    await ipvs.removeService(mark);
  }
  t.deepEqual(await ipvs.listServices(), []);
});

test('what the socket options cannot carry is refused before anything is asked of the kernel', async (t) => {
  const { ipvs, old } = await makeBoth(t);
  await ipvs.addService(tcp);
  const destination = '198.51.100.1:80';
  const tunnelled = { address: '198.51.100.1', forward: 'tunnel' } as const;
  const gre = 'protocol-47/192.0.2.1:1';
  const refused: [Operation, string, () => Promise<unknown>, RegExp][] = [
    ['get-service', 'tcp/[2001:db8::1]:80', () => old.getService(tcp6), /services of IPv6/],
    ['add-service', 'tcp/[2001:db8::1]:80', () => old.addService(tcp6), /services of IPv6/],
    ['set-service', 'fwmark/7/ipv6', () => old.setService({ fwmark: 7, family: 'ipv6' }), /IPv6/],
    ['update-service', 'tcp/[2001:db8::1]:80', () => old.updateService(tcp6, {}), /IPv6/],
    ['remove-service', 'tcp/[2001:db8::1]:80', () => old.removeService(tcp6), /IPv6/],
    ['zero', 'tcp/[2001:db8::1]:80', () => old.zero(tcp6), /IPv6/],
    ['list-destinations', 'tcp/[2001:db8::1]:80', () => old.listDestinations(tcp6), /IPv6/],
    [
      'add-destination',
      'tcp/192.0.2.1:80 -> [fd20::2]:80',
      () => old.addDestination(tcp, { address: 'fd20::2', forward: 'tunnel' }),
      /destinations of IPv6/,
    ],
    [
      'remove-destination',
      'tcp/192.0.2.1:80 -> [fd20::2]:80',
      () => old.removeDestination(tcp, { address: 'fd20::2' }),
      /destinations of IPv6/,
    ],
    [
      'add-service',
      'udp/192.0.2.1:53',
      () => old.addService({ ...udp, persistence: { engine: 'sip' } }),
      /persistence engines/,
    ],
    [
      'update-service',
      'udp/192.0.2.1:53',
      () => old.updateService(udp, { persistence: { engine: 'sip' } }),
      /persistence engines/,
    ],
    [
      'add-destination',
      `tcp/192.0.2.1:80 -> ${destination}`,
      () => old.addDestination(tcp, { ...tunnelled, tunnel: { type: 'gue', port: 6080 } }),
      /tunnels of type gue/,
    ],
    [
      'set-destination',
      `tcp/192.0.2.1:80 -> ${destination}`,
      () => old.setDestination(tcp, { ...tunnelled, tunnel: { type: 'gre' } }),
      /tunnels of type gre/,
    ],
    [
      'update-destination',
      `tcp/192.0.2.1:80 -> ${destination}`,
      () => old.updateDestination(tcp, destination, { tunnel: { checksum: 'full' } }),
      /checksum of a tunnel/,
    ],
    ['remove-service', gre, () => old.removeService(gre), /services of protocol-47/],
    [
      'zero',
      'tcp/0.0.0.0:0',
      () => old.zero('tcp/0.0.0.0:0'),
      /cannot zero a service of address 0\.0\.0\.0/,
    ],
  ];
  const sent: unknown[] = [];
  const note = (event: unknown) => sent.push(event);
  subscribe('ipvs:request', note);
  for (const [operation, target, call, reason] of refused) {
    const error = await t.throwsAsync(call(), { instanceOf: IpvsError }, operation);
    t.is(error?.code, 'ERR_IPVS_UNSUPPORTED', operation);
    t.is(error?.operation, operation);
    t.is(error?.target, target);
    t.regex(error?.reason ?? '', reason);
    t.regex(error?.reason ?? '', /open with the transport "netlink"/);
    t.is(error?.errno, undefined);
  }
  unsubscribe('ipvs:request', note);
  t.deepEqual(sent, []);
  // What is wrong with a call is found before that.
  await t.throwsAsync(old.addService({ ...tcp6, port: 70_000 }), {
    code: 'ERR_IPVS_INVALID_VALUE',
  });
});

test('a service of another protocol can be read', async (t) => {
  const { old } = await makeBoth(t);
  t.is(await old.getService('protocol-47/192.0.2.1:1'), undefined);
  await refuses(t, old.listDestinations('protocol-47/192.0.2.1:1'), {
    code: 'ESRCH',
    operation: 'list-destinations',
    target: 'protocol-47/192.0.2.1:1',
    missing: 'service',
  });
});

test('a snapshot has what the lists have', async (t) => {
  const { ipvs, old } = await makeBoth(t);
  const tables = { settings: false, addresses: false };
  t.deepEqual(await old.snapshot(tables), { services: [], consistent: true });
  await Promise.all([
    ipvs.addService(tcp),
    ipvs.addService(tcp6),
    ipvs.addService({ fwmark: 7 }),
    ipvs.addDestination(tcp, { address: '198.51.100.2' }),
    ipvs.addDestination(tcp, { address: '198.51.100.1', weight: 3 }),
    ipvs.addDestination(tcp, { address: 'fd20::1', forward: 'tunnel' }),
  ]);
  const { services, consistent } = await old.snapshot(tables);
  t.true(consistent);
  t.deepEqual(idsOf(services), ['tcp/192.0.2.1:80', 'fwmark/7/ipv4']);
  t.deepEqual(services[0]?.destinations, await old.listDestinations(tcp));
  t.deepEqual(idsOf(services.flatMap((service) => service.destinations)), [
    '198.51.100.1:80',
    '198.51.100.2:80',
  ]);
});

test('sync daemons are started, listed and stopped; only netlink knows all of them', async (t) => {
  const { ipvs, old, run } = await makeBoth(t);
  await run('ip', 'link', 'add', 'sync0', 'type', 'dummy');
  await run('ip', 'link', 'set', 'sync0', 'up');
  await run('ip', 'address', 'add', '192.0.2.9/24', 'dev', 'sync0');
  await old.startSyncDaemon({ role: 'backup', interface: 'sync0', syncId: 5 });
  await old.startSyncDaemon({ role: 'master', interface: 'sync0' });
  t.deepEqual(await old.syncDaemons(), [
    { role: 'master', interface: 'sync0', syncId: 0 },
    { role: 'backup', interface: 'sync0', syncId: 5 },
  ]);
  t.like(await ipvs.syncDaemons(), {
    0: { role: 'master', group: '224.0.0.81', port: 8848 },
    1: { role: 'backup', syncId: 5 },
    length: 2,
  });
  await refuses(t, old.startSyncDaemon({ role: 'master', interface: 'sync0' }), {
    code: 'EEXIST',
    operation: 'start-sync-daemon',
    target: 'master',
  });
  await old.stopSyncDaemon('backup');
  await old.stopSyncDaemon('master');
  t.deepEqual(await ipvs.syncDaemons(), []);
  for (const more of [{ group: '224.0.0.99' }, { port: 9000 }, { maxLength: 1400 }, { ttl: 2 }]) {
    const error = await t.throwsAsync(
      old.startSyncDaemon({ role: 'master', interface: 'sync0', ...more }),
      { instanceOf: IpvsError },
    );
    t.is(error?.code, 'ERR_IPVS_UNSUPPORTED');
  }
});

test('the capabilities are those of the socket options', async (t) => {
  const { old } = await makeBoth(t);
  t.like(old.capabilities, {
    ipv6: false,
    tunnelTypes: ['ipip'],
    tunnelChecksums: false,
    wideCounters: false,
    sysctls: 'writable',
  });
  t.true((await old.schedulers()).includes('rr'));
  t.deepEqual(await old.engines(), []);
});

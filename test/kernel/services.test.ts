import test from 'ava';
import type { Ipvs, ObservedService, ServiceSpec, Transport } from 'ipvs';
import { noStats } from '../_no-stats.js';
import { refuses } from './_expect.js';
import { makeNamespace } from './_namespace.js';
import { overEach, transports } from './_transports.js';

const defaults = { scheduler: 'wlc', schedulerFlags: [], onePacket: false, stats: noStats };

const readsBack = test.macro({
  async exec(
    t,
    spec: ServiceSpec,
    expected: object,
    saved: string,
    transport: Transport = 'netlink',
  ) {
    const { ipvs, ipvsadm } = await makeNamespace(t, { transport });
    await ipvs.addService(spec);
    const [service, ...others] = await ipvs.listServices();
    t.deepEqual(others, []);
    t.deepEqual(service as object, { ...defaults, ...expected });
    t.deepEqual(await ipvs.getService((service as ObservedService).id), service);
    t.deepEqual(await ipvs.getService(spec), service);
    t.is(await ipvsadm('-Sn'), `${saved}\n`);

    // What was read can be written again, and changes nothing.
    await ipvs.setService(service as ServiceSpec);
    t.deepEqual(await ipvs.getService(spec), service);
    await ipvs.removeService(service as ObservedService);
    t.deepEqual(await ipvs.listServices(), []);
  },
  title: (_, spec, _expected, _saved, transport: Transport = 'netlink') =>
    `a service is read back as it was written: ${JSON.stringify(spec)} (${transport})`,
});

function readsBackOverEach(spec: ServiceSpec, expected: object, saved: string): void {
  for (const transport of transports) test(readsBack, spec, expected, saved, transport);
}

const tcp = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
const udp = { protocol: 'udp', address: '192.0.2.1', port: 53 } as const;

readsBackOverEach(tcp, { id: 'tcp/192.0.2.1:80', ...tcp }, '-A -t 192.0.2.1:80 -s wlc');
readsBackOverEach(
  { ...udp, scheduler: 'rr', onePacket: true },
  { id: 'udp/192.0.2.1:53', ...udp, scheduler: 'rr', onePacket: true },
  '-A -u 192.0.2.1:53 -s rr -o',
);
readsBackOverEach(
  { protocol: 'sctp', address: '192.0.2.1', port: 65535, scheduler: 'fo' },
  {
    id: 'sctp/192.0.2.1:65535',
    protocol: 'sctp',
    address: '192.0.2.1',
    port: 65535,
    scheduler: 'fo',
  },
  '-A --sctp-service 192.0.2.1:65535 -s fo',
);
test(
  readsBack,
  { protocol: 'tcp', address: '2001:DB8:0:0::', port: 80, scheduler: 'rr' },
  { id: 'tcp/[2001:db8::]:80', protocol: 'tcp', address: '2001:db8::', port: 80, scheduler: 'rr' },
  '-A -t [2001:db8::]:80 -s rr',
);
readsBackOverEach(
  { ...tcp, persistence: true },
  {
    id: 'tcp/192.0.2.1:80',
    ...tcp,
    persistence: { timeout: 360, netmask: '255.255.255.255' },
  },
  '-A -t 192.0.2.1:80 -s wlc -p 360',
);
readsBackOverEach(
  { ...tcp, port: 0, persistence: { timeout: 2678400, netmask: '255.255.255.0' } },
  {
    id: 'tcp/192.0.2.1:0',
    ...tcp,
    port: 0,
    persistence: { timeout: 2678400, netmask: '255.255.255.0' },
  },
  '-A -t 192.0.2.1:0 -s wlc -p 2678400 -M 255.255.255.0',
);
readsBackOverEach(
  { ...tcp, persistence: { timeout: 1, netmask: 8 } },
  { id: 'tcp/192.0.2.1:80', ...tcp, persistence: { timeout: 1, netmask: '255.0.0.0' } },
  '-A -t 192.0.2.1:80 -s wlc -p 1 -M 255.0.0.0',
);
test(
  readsBack,
  { protocol: 'udp', address: '2001:db8::5', port: 53, persistence: { timeout: 60, netmask: 64 } },
  {
    id: 'udp/[2001:db8::5]:53',
    protocol: 'udp',
    address: '2001:db8::5',
    port: 53,
    persistence: { timeout: 60, netmask: 64 },
  },
  '-A -u [2001:db8::5]:53 -s wlc -p 60 -M 64',
);
test(
  readsBack,
  { ...udp, scheduler: 'rr', persistence: { timeout: 60, engine: 'sip' } },
  {
    id: 'udp/192.0.2.1:53',
    ...udp,
    scheduler: 'rr',
    persistence: { timeout: 60, netmask: '255.255.255.255', engine: 'sip' },
  },
  '-A -u 192.0.2.1:53 -s rr -p 60 --pe sip',
);
readsBackOverEach(
  { ...tcp, scheduler: 'sh', schedulerFlags: ['sh-port', 'sh-fallback'] },
  {
    id: 'tcp/192.0.2.1:80',
    ...tcp,
    scheduler: 'sh',
    schedulerFlags: ['sh-fallback', 'sh-port'],
  },
  '-A -t 192.0.2.1:80 -s sh -b sh-fallback,sh-port',
);
readsBackOverEach(
  { ...tcp, scheduler: 'mh', schedulerFlags: ['flag-1'] },
  { id: 'tcp/192.0.2.1:80', ...tcp, scheduler: 'mh', schedulerFlags: ['mh-fallback'] },
  '-A -t 192.0.2.1:80 -s mh -b mh-fallback',
);
readsBackOverEach(
  { ...tcp, scheduler: 'rr', schedulerFlags: ['flag-3', 'flag-1', 'flag-2'] },
  {
    id: 'tcp/192.0.2.1:80',
    ...tcp,
    scheduler: 'rr',
    schedulerFlags: ['flag-1', 'flag-2', 'flag-3'],
  },
  '-A -t 192.0.2.1:80 -s rr -b flag-1,flag-2,flag-3',
);
readsBackOverEach(
  { fwmark: 7 },
  { id: 'fwmark/7/ipv4', fwmark: 7, family: 'ipv4' },
  '-A -f 7 -s wlc',
);
test(
  readsBack,
  { fwmark: 7, family: 'ipv6', persistence: { timeout: 50, netmask: 56 } },
  {
    id: 'fwmark/7/ipv6',
    fwmark: 7,
    family: 'ipv6',
    persistence: { timeout: 50, netmask: 56 },
  },
  '-A -f 7 -6 -s wlc -p 50 -M 56',
);
// ipvsadm prints marks from 2^31 as negative numbers, which it cannot read again.
test(
  readsBack,
  { fwmark: 4294967295, family: 'ipv6', onePacket: true },
  { id: 'fwmark/4294967295/ipv6', fwmark: 4294967295, family: 'ipv6', onePacket: true },
  '-A -f -1 -6 -s wlc -o',
);
readsBackOverEach(
  { fwmark: 2147483648 },
  { id: 'fwmark/2147483648/ipv4', fwmark: 2147483648, family: 'ipv4' },
  '-A -f -2147483648 -s wlc',
);

/** Only netlink carries engines. */
function engineOver({ transport }: Ipvs): { readonly engine?: string } {
  return transport === 'netlink' ? { engine: 'sip' } : {};
}

const schedulers = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'dh',
  'sh',
  'mh',
  'sed',
  'nq',
  'fo',
  'ovf',
];

for (const scheduler of schedulers) {
  test(`the scheduler ${scheduler} can be used and changed to`, async (t) => {
    const { ipvs } = await makeNamespace(t);
    await ipvs.addService({ ...tcp, scheduler });
    t.is((await ipvs.getService(tcp))?.scheduler, scheduler);
    await ipvs.updateService(tcp, { scheduler: scheduler === 'rr' ? 'wrr' : 'rr' });
    t.is((await ipvs.getService(tcp))?.scheduler, scheduler === 'rr' ? 'wrr' : 'rr');
    await ipvs.updateService(tcp, { scheduler });
    t.is((await ipvs.getService(tcp))?.scheduler, scheduler);
  });
}

test('one mark is a service of its own in each family', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await ipvs.addService({ fwmark: 7, scheduler: 'rr' });
  await ipvs.addService({ fwmark: 7, family: 'ipv6', scheduler: 'sh' });
  t.is((await ipvs.getService('fwmark/7'))?.scheduler, 'rr');
  t.is((await ipvs.getService('fwmark/7/ipv6'))?.scheduler, 'sh');
  await ipvs.removeService({ fwmark: 7 });
  t.deepEqual(
    (await ipvs.listServices()).map(({ id }) => String(id)),
    ['fwmark/7/ipv6'],
  );
});

test('services are named by id in any spelling, by key, by spec and by what was listed', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const spec = { protocol: 'tcp', address: 'fd09::1', port: 443, scheduler: 'rr' } as const;
  await ipvs.addService(spec);
  const [listed] = await ipvs.listServices();
  for (const ref of [
    'tcp/[fd09::1]:443',
    'TCP/[FD09:0:0:0:0:0:0:1]:443',
    '6/[fd09:0::1]:443',
    { protocol: 'tcp', address: 'FD09::0:1', port: 443 } as const,
    spec,
    listed as ObservedService,
  ]) {
    t.deepEqual(await ipvs.getService(ref), listed);
  }
});

overEach(
  'setService replaces everything but identity, destinations and counters',
  async (t, makeNamespace) => {
    const { ipvs } = await makeNamespace(t);
    await ipvs.addService({
      ...udp,
      scheduler: 'sh',
      schedulerFlags: ['sh-port'],
      persistence: { timeout: 60, netmask: 24, ...engineOver(ipvs) },
      onePacket: true,
    });
    await ipvs.addDestination(udp, { address: '198.51.100.1' });
    await ipvs.setService(udp);
    t.deepEqual(await ipvs.getService(udp), {
      id: 'udp/192.0.2.1:53',
      ...udp,
      ...defaults,
    } as unknown as ObservedService);
    t.is((await ipvs.listDestinations(udp)).length, 1);
  },
);

overEach('updateService keeps every field it is not given', async (t, makeNamespace) => {
  const { ipvs } = await makeNamespace(t);
  const full = {
    ...udp,
    scheduler: 'sh',
    schedulerFlags: ['sh-port'],
    persistence: { timeout: 60, netmask: '255.255.255.0', ...engineOver(ipvs) },
    onePacket: true,
  } as const;
  await ipvs.addService(full);
  const before = (await ipvs.getService(udp)) as ObservedService;

  await ipvs.updateService(udp, { scheduler: 'mh' });
  t.deepEqual(await ipvs.getService(udp), {
    ...before,
    scheduler: 'mh',
    schedulerFlags: ['mh-port'],
  });
  await ipvs.updateService(udp, { scheduler: 'sh' });
  await ipvs.updateService(udp, { schedulerFlags: [] });
  t.deepEqual(await ipvs.getService(udp), { ...before, schedulerFlags: [] });
  await ipvs.updateService(udp, { schedulerFlags: ['sh-port'], onePacket: false });
  t.deepEqual(await ipvs.getService(udp), { ...before, onePacket: false });
  await ipvs.updateService(udp, { onePacket: true, persistence: { timeout: 61 } });
  t.deepEqual(await ipvs.getService(udp), {
    ...before,
    persistence: { ...full.persistence, timeout: 61 },
  });
  await ipvs.updateService(udp, { persistence: { timeout: 60, engine: '' } });
  t.deepEqual(await ipvs.getService(udp), {
    ...before,
    persistence: { timeout: 60, netmask: '255.255.255.0' },
  });
  await ipvs.updateService(udp, { persistence: false });
  const { persistence: _, ...without } = before;
  t.deepEqual(await ipvs.getService(udp), without);
  await ipvs.updateService(udp, {});
  t.deepEqual(await ipvs.getService(udp), without);
});

overEach('updates of one service in one turn build on each other', async (t, makeNamespace) => {
  const { ipvs } = await makeNamespace(t);
  await ipvs.addService(udp);
  await Promise.all([
    ipvs.updateService(udp, { onePacket: true }),
    ipvs.updateService(udp, { scheduler: 'sh' }),
    ipvs.updateService(udp, { schedulerFlags: ['sh-port'] }),
    ipvs.updateService(udp, { persistence: { timeout: 10 } }),
    ipvs.updateService(udp, { persistence: { netmask: 16 } }),
  ]);
  t.like(await ipvs.getService(udp), {
    onePacket: true,
    scheduler: 'sh',
    schedulerFlags: ['sh-port'],
    persistence: { timeout: 10, netmask: '255.255.0.0' },
  });
});

overEach('calls keep their order around an update', async (t, makeNamespace) => {
  const { ipvs } = await makeNamespace(t);
  const added = ipvs.addService(udp);
  const updated = ipvs.updateService(udp, { scheduler: 'rr' });
  const between = ipvs.getService(udp);
  const replaced = ipvs.setService({ ...udp, scheduler: 'lc' });
  const again = ipvs.updateService(udp, { onePacket: true });
  const after = ipvs.getService(udp);
  const removed = ipvs.removeService(udp);
  const gone = ipvs.updateService(udp, { onePacket: false });
  await Promise.all([added, updated, replaced, again, removed]);
  t.like(await between, { scheduler: 'rr', onePacket: false });
  t.like(await after, { scheduler: 'lc', onePacket: true });
  await refuses(t, gone, {
    code: 'ESRCH',
    operation: 'update-service',
    target: 'udp/192.0.2.1:53',
    missing: 'service',
  });
});

test('a flag name of another scheduler than the one in force is refused after the read', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await ipvs.addService({ ...tcp, scheduler: 'sh' });
  await t.throwsAsync(ipvs.updateService(tcp, { schedulerFlags: ['mh-port'] }), {
    code: 'ERR_IPVS_INVALID_VALUE',
  });
  t.deepEqual((await ipvs.getService(tcp))?.schedulerFlags, []);
});

overEach('a service that is there cannot be added', async (t, makeNamespace) => {
  const { ipvs } = await makeNamespace(t);
  await ipvs.addService(tcp);
  await refuses(t, ipvs.addService({ ...tcp, scheduler: 'rr' }), {
    code: 'EEXIST',
    operation: 'add-service',
    target: 'tcp/192.0.2.1:80',
    reason: /already exists/,
  });
  t.is((await ipvs.getService(tcp))?.scheduler, 'wlc');
});

overEach(
  'a service that is not there cannot be set, updated, removed or zeroed, and reads as undefined',
  async (t, makeNamespace) => {
    const { ipvs } = await makeNamespace(t);
    const target = 'tcp/192.0.2.1:80';
    const gone = { code: 'ESRCH', target, missing: 'service' } as const;
    await refuses(t, ipvs.setService(tcp), { ...gone, operation: 'set-service' });
    await refuses(t, ipvs.updateService(tcp, { scheduler: 'rr' }), {
      ...gone,
      operation: 'update-service',
    });
    await refuses(t, ipvs.removeService(tcp), { ...gone, operation: 'remove-service' });
    await refuses(t, ipvs.zero(tcp), { ...gone, operation: 'zero' });
    t.is(await ipvs.getService(tcp), undefined);
  },
);

test('a scheduler and an engine that are not available are told apart', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const scheduler = { code: 'ENOENT', target: 'udp/192.0.2.1:53', missing: 'scheduler' } as const;
  const engine = { ...scheduler, missing: 'engine' } as const;
  await refuses(t, ipvs.addService({ ...udp, scheduler: 'nosuch' }), {
    ...scheduler,
    operation: 'add-service',
    reason: /modprobe ip_vs_nosuch"$/,
  });
  await refuses(t, ipvs.addService({ ...udp, persistence: { engine: 'nosuch' } }), {
    ...engine,
    operation: 'add-service',
    reason: /modprobe ip_vs_pe_nosuch"$/,
  });
  await refuses(
    t,
    ipvs.addService({ ...udp, scheduler: 'nosuch', persistence: { engine: 'sip' } }),
    { ...scheduler, operation: 'add-service' },
  );
  t.deepEqual(await ipvs.listServices(), []);

  await ipvs.addService({ ...udp, scheduler: 'rr' });
  await refuses(t, ipvs.setService({ ...udp, scheduler: 'nosuch' }), {
    ...scheduler,
    operation: 'set-service',
  });
  await refuses(t, ipvs.setService({ ...udp, persistence: { engine: 'nosuch' } }), {
    ...engine,
    operation: 'set-service',
  });
  await refuses(t, ipvs.updateService(udp, { scheduler: 'nosuch' }), {
    ...scheduler,
    operation: 'update-service',
  });
  await refuses(t, ipvs.updateService(udp, { persistence: { engine: 'nosuch' } }), {
    ...engine,
    operation: 'update-service',
  });
  t.like(await ipvs.getService(udp), { scheduler: 'rr' });
});

test('a scheduler that cannot take the destinations there are is refused with the reason', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await ipvs.addService({ ...tcp, scheduler: 'rr' });
  await Promise.all(
    Array.from({ length: 4200 }, (_, index) =>
      ipvs.addDestination(tcp, { address: `10.1.${index >> 8}.${index & 255}`, port: 1000 }),
    ),
  );
  await refuses(t, ipvs.updateService(tcp, { scheduler: 'mh' }), {
    code: 'EINVAL',
    operation: 'update-service',
    target: 'tcp/192.0.2.1:80',
    reason: /"mh" could not start/,
  });
  t.is((await ipvs.listDestinations(tcp)).length, 4200);
});

test('what only another program would make can be read, named and removed', async (t) => {
  const { ipvs, ipvsadm } = await makeNamespace(t);
  await ipvsadm('-A', '-t', '0.0.0.0:80', '-s', 'rr');
  await ipvsadm('-A', '-t', '[::ffff:10.9.0.1]:80', '-s', 'rr');
  await ipvsadm('-A', '-t', '224.0.0.1:80', '-s', 'rr', '-p', '60', '-M', '255.0.255.0');
  const listed = await ipvs.listServices();
  t.deepEqual(
    listed.map(({ id }) => String(id)),
    ['tcp/0.0.0.0:80', 'tcp/224.0.0.1:80', 'tcp/[::ffff:10.9.0.1]:80'],
  );
  t.deepEqual(listed[1]?.persistence, { timeout: 60, netmask: '255.0.255.0' });
  await ipvs.updateService('tcp/224.0.0.1:80', { scheduler: 'wrr' });
  t.deepEqual((await ipvsadm('-Sn')).trimEnd().split('\n').toSorted(), [
    '-A -t 0.0.0.0:80 -s rr',
    '-A -t 224.0.0.1:80 -s wrr -p 60 -M 255.0.255.0',
    '-A -t [::ffff:10.9.0.1]:80 -s rr',
  ]);
  await Promise.all(listed.map((service) => ipvs.removeService(service.id)));
  t.deepEqual(await ipvs.listServices(), []);
});

test('an IPv4-mapped address in a spec is the IPv4 service', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await ipvs.addService({ protocol: 'tcp', address: '::ffff:10.9.0.1', port: 80 });
  t.deepEqual(
    (await ipvs.listServices()).map(({ id }) => String(id)),
    ['tcp/10.9.0.1:80'],
  );
});

test('flush removes every service', async (t) => {
  const { ipvs, ipvsadm } = await makeNamespace(t);
  await ipvs.flush();
  await Promise.all([
    ipvs.addService(tcp),
    ipvs.addService({ fwmark: 1, family: 'ipv6' }),
    ipvs.addDestination(tcp, { address: '198.51.100.1' }),
    ipvs.flush(),
  ]);
  t.deepEqual(await ipvs.listServices(), []);
  t.is(await ipvsadm('-Sn'), '');
});

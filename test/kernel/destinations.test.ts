import test from 'ava';
import type { DestinationSpec, ObservedDestination, ServiceSpec, Transport } from 'ipvs';
import { noStats } from '../_no-stats.js';
import { plainDestination } from '../contract/subject.js';
import { refuses } from './_expect.js';
import { makeNamespace } from './_namespace.js';
import { overEach, transports } from './_transports.js';

const defaults = { ...plainDestination, stats: noStats };

const tcp = { protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'rr' } as const;
const tcp6 = { protocol: 'tcp', address: '2001:db8::1', port: 80, scheduler: 'rr' } as const;
const mark = { fwmark: 9, scheduler: 'rr' } as const;

const readsBack = test.macro({
  async exec(
    t,
    service: ServiceSpec,
    spec: DestinationSpec,
    expected: object,
    saved: string,
    transport: Transport = 'netlink',
  ) {
    const { ipvs, ipvsadm } = await makeNamespace(t, { transport });
    await ipvs.addService(service);
    await ipvs.addDestination(service, spec);
    const [destination, ...others] = await ipvs.listDestinations(service);
    t.deepEqual(others, []);
    t.deepEqual(destination as object, { ...defaults, address: spec.address, ...expected });
    const rules = (await ipvsadm('-Sn')).trimEnd().split('\n');
    t.is(rules[1], saved);

    // What was read can be written again, and changes nothing.
    await ipvs.setDestination(service, destination as DestinationSpec);
    t.deepEqual(await ipvs.listDestinations(service), [destination]);
    await ipvs.removeDestination(service, (destination as ObservedDestination).id);
    t.deepEqual(await ipvs.listDestinations(service), []);
  },
  title: (_, service, spec, _expected, _saved, transport: Transport = 'netlink') =>
    `a destination of ${JSON.stringify(service)} is read back as it was written: ${JSON.stringify(spec)} (${transport})`,
});

function readsBackOverEach(
  service: ServiceSpec,
  spec: DestinationSpec,
  expected: object,
  saved: string,
): void {
  for (const transport of transports) test(readsBack, service, spec, expected, saved, transport);
}

readsBackOverEach(
  tcp,
  { address: '198.51.100.1' },
  { id: '198.51.100.1:80', port: 80 },
  '-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 1',
);
readsBackOverEach(
  tcp,
  { address: '198.51.100.1', port: 8080, weight: 0 },
  { id: '198.51.100.1:8080', port: 8080, weight: 0 },
  '-a -t 192.0.2.1:80 -r 198.51.100.1:8080 -m -w 0',
);
readsBackOverEach(
  tcp,
  { address: '198.51.100.1', port: 0, weight: 65536 },
  { id: '198.51.100.1:0', port: 0, weight: 65536 },
  '-a -t 192.0.2.1:80 -r 198.51.100.1:0 -m -w 65536',
);
readsBackOverEach(
  tcp,
  { address: '198.51.100.1', weight: 2147483647, upperThreshold: 2147483647, lowerThreshold: 7 },
  {
    id: '198.51.100.1:80',
    port: 80,
    weight: 2147483647,
    upperThreshold: 2147483647,
    lowerThreshold: 7,
  },
  '-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 2147483647',
);
readsBackOverEach(
  tcp,
  { address: '198.51.100.1', forward: 'direct' },
  { id: '198.51.100.1:80', port: 80, forward: 'direct' },
  '-a -t 192.0.2.1:80 -r 198.51.100.1:80 -g -w 1',
);
readsBackOverEach(
  tcp,
  { address: '198.51.100.1', forward: 'tunnel' },
  {
    id: '198.51.100.1:80',
    port: 80,
    forward: 'tunnel',
    tunnel: { type: 'ipip', checksum: 'none' },
  },
  '-a -t 192.0.2.1:80 -r 198.51.100.1:80 -i -w 1 --tun-type ipip',
);
for (const [checksum, option] of [
  ['none', '--tun-nocsum'],
  ['full', '--tun-csum'],
  ['remote', '--tun-remcsum'],
] as const) {
  test(
    readsBack,
    tcp,
    { address: '198.51.100.1', forward: 'tunnel', tunnel: { type: 'gue', port: 6080, checksum } },
    {
      id: '198.51.100.1:80',
      port: 80,
      forward: 'tunnel',
      tunnel: { type: 'gue', port: 6080, checksum },
    },
    `-a -t 192.0.2.1:80 -r 198.51.100.1:80 -i -w 1 --tun-type gue --tun-port 6080 ${option}`,
  );
}
for (const [checksum, option] of [
  ['none', '--tun-nocsum'],
  ['full', '--tun-csum'],
] as const) {
  test(
    readsBack,
    tcp6,
    { address: 'fd20::2', forward: 'tunnel', tunnel: { type: 'gre', checksum } },
    { id: '[fd20::2]:80', port: 80, forward: 'tunnel', tunnel: { type: 'gre', checksum } },
    `-a -t [2001:db8::1]:80 -r [fd20::2]:80 -i -w 1 --tun-type gre ${option}`,
  );
}
test(
  readsBack,
  tcp,
  { address: 'fd20::', forward: 'tunnel' },
  {
    id: '[fd20::]:80',
    port: 80,
    forward: 'tunnel',
    tunnel: { type: 'ipip', checksum: 'none' },
  },
  '-a -t 192.0.2.1:80 -r [fd20::]:80 -i -w 1 --tun-type ipip',
);
test(
  readsBack,
  tcp6,
  { address: '198.51.100.1', forward: 'tunnel' },
  {
    id: '198.51.100.1:80',
    port: 80,
    forward: 'tunnel',
    tunnel: { type: 'ipip', checksum: 'none' },
  },
  '-a -t [2001:db8::1]:80 -r 198.51.100.1:80 -i -w 1 --tun-type ipip',
);
readsBackOverEach(
  mark,
  { address: '198.51.100.1', forward: 'direct', weight: 3 },
  { id: '198.51.100.1:0', port: 0, forward: 'direct', weight: 3 },
  '-a -f 9 -r 198.51.100.1:0 -g -w 3',
);
test(
  readsBack,
  { ...mark, family: 'ipv6' },
  { address: 'fd20::2', port: 8080 },
  { id: '[fd20::2]:8080', port: 8080 },
  '-a -f 9 -6 -r [fd20::2]:8080 -m -w 1',
);

overEach('two destinations can differ in nothing but their port', async (t, makeNamespace) => {
  const { ipvs } = await makeNamespace(t);
  await ipvs.addService(tcp);
  await ipvs.addDestination(tcp, { address: '198.51.100.1', port: 8081, weight: 1 });
  await ipvs.addDestination(tcp, { address: '198.51.100.1', port: 8080, weight: 2 });
  await ipvs.updateDestination(tcp, '198.51.100.1:8081', { weight: 5 });
  t.deepEqual(
    (await ipvs.listDestinations(tcp)).map(({ id, weight }) => `${id} ${weight}`),
    ['198.51.100.1:8080 2', '198.51.100.1:8081 5'],
  );
  await ipvs.removeDestination(tcp, { address: '198.51.100.1', port: 8080 });
  t.deepEqual(
    (await ipvs.listDestinations(tcp)).map(({ id }) => String(id)),
    ['198.51.100.1:8081'],
  );
});

test('destinations are listed by family, address and port', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await ipvs.addService(tcp);
  const added = [
    '[fd20::1]:80',
    '198.51.100.10:80',
    '198.51.100.9:81',
    '198.51.100.9:80',
    '9.0.0.1:80',
  ];
  for (const id of added) {
    const { groups } = /^\[?(?<address>[^\]]+?)\]?:(?<port>\d+)$/.exec(id) as RegExpExecArray;
    const address = groups?.['address'] as string;
    const port = Number(groups?.['port']);
    await ipvs.addDestination(tcp, {
      address,
      port,
      forward: address.includes(':') ? 'tunnel' : 'masquerade',
    });
  }
  t.deepEqual(
    (await ipvs.listDestinations(tcp)).map(({ id }) => String(id)),
    added.toReversed(),
  );
});

overEach('setDestination replaces everything but the identity', async (t, makeNamespace) => {
  const { ipvs } = await makeNamespace(t);
  await ipvs.addService(tcp);
  await ipvs.addDestination(tcp, {
    address: '198.51.100.1',
    forward: 'tunnel',
    ...(ipvs.transport === 'netlink' && {
      tunnel: { type: 'gue', port: 6080, checksum: 'full' },
    }),
    weight: 7,
    upperThreshold: 9,
    lowerThreshold: 8,
  });
  await ipvs.setDestination(tcp, { address: '198.51.100.1' });
  t.deepEqual((await ipvs.listDestinations(tcp)) as object[], [
    { ...defaults, id: '198.51.100.1:80', address: '198.51.100.1', port: 80 },
  ]);
});

test('updateDestination keeps every field it is not given', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await ipvs.addService(tcp);
  await ipvs.addDestination(tcp, {
    address: '198.51.100.1',
    forward: 'tunnel',
    tunnel: { type: 'gue', port: 6080, checksum: 'full' },
    weight: 7,
    upperThreshold: 9,
    lowerThreshold: 8,
  });
  const [before] = await ipvs.listDestinations(tcp);
  const expect = async (changed: object) =>
    t.deepEqual((await ipvs.listDestinations(tcp)) as object[], [{ ...before, ...changed }]);
  const id = '198.51.100.1:80';

  await ipvs.updateDestination(tcp, id, { weight: 0 });
  await expect({ weight: 0 });
  await ipvs.updateDestination(tcp, id, { upperThreshold: 10 });
  await expect({ weight: 0, upperThreshold: 10 });
  await ipvs.updateDestination(tcp, id, { lowerThreshold: 0, upperThreshold: 9 });
  await expect({ weight: 0, lowerThreshold: 0 });
  await ipvs.updateDestination(tcp, id, { tunnel: { checksum: 'remote' } });
  await expect({
    weight: 0,
    lowerThreshold: 0,
    tunnel: { type: 'gue', port: 6080, checksum: 'remote' },
  });

  // The kernel goes on tunnelling open connections with the settings it holds, so they stay behind the new method.
  await ipvs.updateDestination(tcp, id, { forward: 'direct', lowerThreshold: 8, weight: 7 });
  const { tunnel: _, ...untunnelled } = { ...before, forward: 'direct' };
  t.deepEqual((await ipvs.listDestinations(tcp)) as object[], [untunnelled]);
  await ipvs.updateDestination(tcp, id, { forward: 'tunnel' });
  await expect({ tunnel: { type: 'gue', port: 6080, checksum: 'remote' } });
});

overEach(
  'updates of many destinations of one service in one turn all take effect',
  async (t, makeNamespace) => {
    const { ipvs } = await makeNamespace(t);
    await ipvs.addService(tcp);
    const addresses = Array.from(
      { length: 300 },
      (_, index) => `10.1.${index >> 8}.${index & 255}`,
    );
    await Promise.all(
      addresses.map((address, index) =>
        ipvs.addDestination(tcp, { address, upperThreshold: index }),
      ),
    );
    await Promise.all([
      ...addresses.map((address, index) =>
        ipvs.updateDestination(tcp, { address }, { weight: index }),
      ),
      ...addresses.map((address) =>
        ipvs.updateDestination(tcp, { address }, { forward: 'direct' }),
      ),
    ]);
    t.deepEqual(
      (await ipvs.listDestinations(tcp)).map(
        ({ address, weight, upperThreshold, forward }) =>
          `${address} ${weight} ${upperThreshold} ${forward}`,
      ),
      addresses.map((address, index) => `${address} ${index} ${index} direct`),
    );
  },
);

overEach(
  'calls of one turn that an update holds up are each about their own destination',
  async (t, makeNamespace) => {
    const { ipvs } = await makeNamespace(t);
    await ipvs.addService(tcp);
    await ipvs.addService(mark);
    for (const host of [1, 2, 3]) await ipvs.addDestination(tcp, { address: `10.1.0.${host}` });
    const { signal } = new AbortController();
    const added = Array.from({ length: 5 }, (_, index) => ({
      address: `10.2.0.${index}`,
      weight: index,
      forward: index % 2 === 0 ? 'tunnel' : 'masquerade',
    })) satisfies DestinationSpec[];
    await Promise.all([
      ipvs.updateDestination(tcp, '10.1.0.1:80', { weight: 9 }),
      ipvs.setDestination(tcp, { address: '10.1.0.2', weight: 8 }),
      ipvs.removeDestination(tcp, '10.1.0.3:80'),
      ...added.map((spec) => ipvs.addDestination(mark, spec)),
      ipvs.addDestination(tcp, { address: '10.1.0.4', weight: 7 }, { signal }),
      ipvs.addDestination(tcp, { address: '10.1.0.5', weight: 6 }, { signal }),
    ]);
    const weightsOf = async (service: ServiceSpec) =>
      (await ipvs.listDestinations(service)).map(
        ({ address, weight, forward }) => `${address} ${weight} ${forward}`,
      );
    t.deepEqual(await weightsOf(tcp), [
      '10.1.0.1 9 masquerade',
      '10.1.0.2 8 masquerade',
      '10.1.0.4 7 masquerade',
      '10.1.0.5 6 masquerade',
    ]);
    t.deepEqual(
      await weightsOf(mark),
      added.map(({ address, weight, forward }) => `${address} ${weight} ${forward}`),
    );
  },
);

overEach(
  'a change that does not fit what is there is refused and changes nothing',
  async (t, makeNamespace) => {
    const { ipvs } = await makeNamespace(t);
    await ipvs.addService(tcp);
    await ipvs.addDestination(tcp, {
      address: '198.51.100.1',
      upperThreshold: 5,
      lowerThreshold: 4,
    });
    const before = await ipvs.listDestinations(tcp);
    const id = '198.51.100.1:80';
    const invalid = { code: 'ERR_IPVS_INVALID_VALUE' };
    await t.throwsAsync(ipvs.updateDestination(tcp, id, { upperThreshold: 3 }), invalid);
    await t.throwsAsync(ipvs.updateDestination(tcp, id, { tunnel: { type: 'ipip' } }), invalid);
    t.deepEqual(await ipvs.listDestinations(tcp), before);
  },
);

overEach('a destination that is there cannot be added', async (t, makeNamespace) => {
  const { ipvs } = await makeNamespace(t);
  await ipvs.addService(tcp);
  await ipvs.addDestination(tcp, { address: '198.51.100.1', weight: 4 });
  await refuses(t, ipvs.addDestination(tcp, { address: '198.51.100.1', weight: 5 }), {
    code: 'EEXIST',
    operation: 'add-destination',
    target: 'tcp/192.0.2.1:80 -> 198.51.100.1:80',
    reason: /already has/,
  });
  t.is((await ipvs.listDestinations(tcp))[0]?.weight, 4);
});

overEach(
  'a destination that is not there cannot be set, updated or removed',
  async (t, makeNamespace) => {
    const { ipvs } = await makeNamespace(t);
    await ipvs.addService(tcp);
    await ipvs.addDestination(tcp, { address: '198.51.100.1', port: 8080 });
    const gone = {
      code: 'ENOENT',
      target: 'tcp/192.0.2.1:80 -> 198.51.100.1:80',
      missing: 'destination',
    } as const;
    const missing = { address: '198.51.100.1' };
    await refuses(t, ipvs.setDestination(tcp, missing), { ...gone, operation: 'set-destination' });
    await refuses(t, ipvs.updateDestination(tcp, missing, { weight: 1 }), {
      ...gone,
      operation: 'update-destination',
    });
    await refuses(t, ipvs.removeDestination(tcp, missing), {
      ...gone,
      operation: 'remove-destination',
    });
  },
);

overEach(
  'the destinations of a service that is not there are an error, of a service without any an empty list',
  async (t, makeNamespace) => {
    const { ipvs } = await makeNamespace(t);
    const gone = { code: 'ESRCH', missing: 'service' } as const;
    const target = 'tcp/192.0.2.1:80';
    const pair = `${target} -> 198.51.100.1:80`;
    const spec = { address: '198.51.100.1' };
    const calls: [
      Promise<unknown>,
      (
        | 'list-destinations'
        | 'add-destination'
        | 'set-destination'
        | 'update-destination'
        | 'remove-destination'
      ),
      string,
    ][] = [
      [ipvs.listDestinations(tcp), 'list-destinations', target],
      [ipvs.addDestination(tcp, spec), 'add-destination', pair],
      [ipvs.setDestination(tcp, spec), 'set-destination', pair],
      [ipvs.updateDestination(tcp, spec, { weight: 1 }), 'update-destination', pair],
      [ipvs.removeDestination(tcp, spec), 'remove-destination', pair],
    ];
    for (const [call, operation, about] of calls) {
      await refuses(t, call, { ...gone, operation, target: about });
    }
    await ipvs.addService(tcp);
    t.deepEqual(await ipvs.listDestinations(tcp), []);
  },
);

overEach(
  'an address that the kernel takes for no destination is refused with the reason',
  async (t, makeNamespace) => {
    const { ipvs, run } = await makeNamespace(t);
    await run('ip', 'link', 'add', 'local0', 'type', 'dummy');
    await run('ip', 'address', 'add', '10.77.0.1/24', 'dev', 'local0');
    await run('ip', 'link', 'set', 'local0', 'up');
    await ipvs.addService(tcp);
    await refuses(t, ipvs.addDestination(tcp, { address: '10.77.0.255' }), {
      code: 'EINVAL',
      operation: 'add-destination',
      target: 'tcp/192.0.2.1:80 -> 10.77.0.255:80',
      reason: /broadcast/,
    });
  },
);

test('while a sync daemon runs, a destination of the other family is refused with the reason', async (t) => {
  const { ipvs, ipvsadm, run } = await makeNamespace(t);
  await run('ip', 'link', 'add', 'sync0', 'type', 'dummy');
  await run('ip', 'address', 'add', '10.78.0.1/24', 'dev', 'sync0');
  await run('ip', 'link', 'set', 'sync0', 'up');
  await ipvs.addService(tcp);
  await ipvsadm('--start-daemon', 'master', '--mcast-interface', 'sync0');
  const mixed = { address: 'fd20::2', forward: 'tunnel' } as const;
  await refuses(t, ipvs.addDestination(tcp, mixed), {
    code: 'EINVAL',
    operation: 'add-destination',
    target: 'tcp/192.0.2.1:80 -> [fd20::2]:80',
    reason: /a sync daemon runs/,
  });
  await ipvsadm('--stop-daemon', 'master');
  await ipvs.addDestination(tcp, mixed);
  t.is((await ipvs.listDestinations(tcp)).length, 1);
});

overEach(
  'in a namespace that never had an IPv4 address no IPv4 destination is taken, and the reason says so',
  async (t, makeNamespace) => {
    const { ipvs, run } = await makeNamespace(t, { loopback: false });
    await ipvs.addService(tcp);
    await refuses(t, ipvs.addDestination(tcp, { address: '198.51.100.1' }), {
      code: 'EINVAL',
      operation: 'add-destination',
      target: 'tcp/192.0.2.1:80 -> 198.51.100.1:80',
      reason: /bring lo up/,
    });
    await run('ip', 'link', 'set', 'lo', 'up');
    await ipvs.addDestination(tcp, { address: '198.51.100.1' });
    t.is((await ipvs.listDestinations(tcp)).length, 1);
  },
);

test('destinations that another program made in ways of its own are read as they are and survive an update', async (t) => {
  const { ipvs, ipvsadm } = await makeNamespace(t);
  await ipvs.addService(tcp);
  await ipvsadm(
    '-a',
    '-t',
    '192.0.2.1:80',
    '-r',
    '198.51.100.1:80',
    '-i',
    '-w',
    '9',
    '-x',
    '20',
    '-y',
    '10',
    '--tun-type',
    'gue',
    '--tun-port',
    '9000',
    '--tun-remcsum',
  );
  await ipvs.updateDestination(tcp, '198.51.100.1:80', { weight: 8 });
  t.like((await ipvs.listDestinations(tcp))[0], {
    weight: 8,
    upperThreshold: 20,
    lowerThreshold: 10,
    forward: 'tunnel',
    tunnel: { type: 'gue', port: 9000, checksum: 'remote' },
  });
});

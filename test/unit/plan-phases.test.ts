import test from 'ava';
import fc from 'fast-check';
import { diff, planToJSON } from 'ipvs';
import { dependencies, device, everything, lines, operation, plan, web, webId } from './_plan.js';
import { desired, snapshot } from './_state.js';

const from = [
  {
    protocol: 'tcp',
    address: '10.9.0.1',
    port: 80,
    scheduler: 'mh',
    destinations: [
      { address: '10.2.0.1', weight: 1 },
      { address: '10.2.0.2', weight: 5 },
      { address: '10.2.0.3', upperThreshold: 10 },
      { address: '10.2.0.4' },
      { address: '10.2.0.5' },
    ],
  },
  {
    protocol: 'udp',
    address: '10.9.0.3',
    port: 53,
    destinations: [{ address: '10.2.0.1' }, { address: '10.2.0.2' }],
  },
  { protocol: 'tcp', address: '10.9.0.9', port: 80 },
] as const;

const to = [
  { fwmark: 7, destinations: [{ address: '10.2.0.9' }] },
  {
    protocol: 'udp',
    address: '10.9.0.3',
    port: 53,
    scheduler: 'rr',
    destinations: [{ address: '10.2.0.2' }],
  },
  {
    protocol: 'tcp',
    address: '10.9.0.1',
    port: 80,
    scheduler: 'mh',
    destinations: [
      { address: '10.2.0.0' },
      { address: '10.2.0.1', weight: 3 },
      { address: '10.2.0.2', weight: 2 },
      { address: '10.2.0.3', upperThreshold: 20 },
      { address: '10.2.0.5', weight: 4, forward: 'tunnel' },
    ],
  },
  {
    protocol: 'tcp',
    address: '10.9.0.2',
    port: 80,
    destinations: [{ address: '10.2.0.2' }, { address: '10.2.0.1' }],
  },
] as const;

const whole = plan({
  before: from,
  after: to,
  scope: everything,
  rest: {
    vips: { device: 'ipvs0' },
    timeouts: { tcp: 600 },
    sysctls: { expire_nodest_conn: 1, conn_reuse_mode: 1 },
  },
  actual: {
    timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
    sysctls: { expire_nodest_conn: 0, conn_reuse_mode: 0 },
    addresses: [],
    devices: {},
  },
});

test('a plan with an operation in almost every phase has them in order', (t) => {
  t.deepEqual(lines(whole), [
    'settings set-sysctl conn_reuse_mode',
    'settings set-sysctl expire_nodest_conn',
    'settings set-timeouts timeouts',
    'device ensure-device ipvs0',
    'create add-service tcp/10.9.0.2:80',
    'create add-dest tcp/10.9.0.2:80 -> 10.2.0.1:80',
    'create add-dest tcp/10.9.0.2:80 -> 10.2.0.2:80',
    'create add-service fwmark/7/ipv4',
    'create add-dest fwmark/7/ipv4 -> 10.2.0.9:0',
    'expand add-dest tcp/10.9.0.1:80 -> 10.2.0.0:80',
    'expand set-dest tcp/10.9.0.1:80 -> 10.2.0.1:80',
    'expand set-dest tcp/10.9.0.1:80 -> 10.2.0.5:80',
    'bind bind-vip 10.9.0.1/32 on ipvs0',
    'bind bind-vip 10.9.0.2/32 on ipvs0',
    'bind bind-vip 10.9.0.3/32 on ipvs0',
    'tune set-service tcp/10.9.0.1:80',
    'tune set-service udp/10.9.0.3:53',
    'retouch set-dest tcp/10.9.0.1:80 -> 10.2.0.3:80',
    'contract set-dest tcp/10.9.0.1:80 -> 10.2.0.2:80',
    'contract set-dest tcp/10.9.0.1:80 -> 10.2.0.4:80',
    'remove-dest del-dest tcp/10.9.0.1:80 -> 10.2.0.4:80',
    'remove-dest del-dest udp/10.9.0.3:53 -> 10.2.0.1:53',
    'restore set-service tcp/10.9.0.1:80',
    'remove-service del-service tcp/10.9.0.9:80',
  ]);
});

test('the last phases take the addresses and the device away', (t) => {
  const last = plan({
    before: [web],
    scope: everything,
    allowEmpty: true,
    rest: { vips: { device: 'ipvs0' } },
    actual: device('10.9.0.7', '10.9.0.1'),
    record: { version: 1, services: [], vips: ['10.9.0.1/32 on ipvs0'] },
  });
  t.deepEqual(lines(last), [
    'remove-service del-service tcp/10.9.0.1:80',
    'unbind unbind-vip 10.9.0.1/32 on ipvs0',
    'unbind unbind-vip 10.9.0.7/32 on ipvs0',
    'cleanup remove-device ipvs0',
  ]);
  t.deepEqual(dependencies(last, 'unbind unbind-vip 10.9.0.1/32 on ipvs0'), [
    'remove-service del-service tcp/10.9.0.1:80',
  ]);
  t.deepEqual(dependencies(last, 'unbind unbind-vip 10.9.0.7/32 on ipvs0'), []);
  t.is(dependencies(last, 'cleanup remove-device ipvs0').length, 2);
});

test('operations are numbered in the order of execution', (t) => {
  t.deepEqual(
    whole.operations.map(({ id }) => id),
    whole.operations.map((_, index) => String(index + 1).padStart(4, '0')),
  );
});

test('within a phase what changes and what goes are in one order', (t) => {
  const mixed = plan({
    before: [
      {
        ...web,
        destinations: [
          { address: '10.2.0.1' },
          { address: '10.2.0.2', weight: 5 },
          { address: '10.2.0.3' },
          { address: '10.2.0.4', weight: 5 },
        ],
      },
    ],
    after: [
      {
        ...web,
        destinations: [
          { address: '10.2.0.2', weight: 1 },
          { address: '10.2.0.4', weight: 1 },
        ],
      },
    ],
  });
  t.deepEqual(
    mixed.operations.filter(({ phase }) => phase === 'contract').map((each) => each.destination),
    ['10.2.0.1:80', '10.2.0.2:80', '10.2.0.3:80', '10.2.0.4:80'] as never,
  );
});

const shape = ({ op, service, destination, address }: (typeof whole.operations)[number]) =>
  `${op} ${service} ${destination} ${address}`;

test('an object has one operation, but for a drain and a flag that is lent', (t) => {
  t.is(new Set(whole.operations.map(shape)).size, whole.operations.length - 1);
  const again = whole.operations.filter(
    (each, index) => whole.operations.findIndex((other) => shape(other) === shape(each)) !== index,
  );
  t.deepEqual(
    again.map(({ op, reason, phase }) => [op, reason, phase]),
    [['set-service', 'drain-fallback', 'restore']],
  );
});

test('what depends on what', (t) => {
  t.deepEqual(dependencies(whole, 'create add-dest fwmark/7/ipv4 -> 10.2.0.9:0'), [
    'create add-service fwmark/7/ipv4',
  ]);
  t.deepEqual(dependencies(whole, 'bind bind-vip 10.9.0.2/32 on ipvs0'), [
    'device ensure-device ipvs0',
    'create add-service tcp/10.9.0.2:80',
  ]);
  t.deepEqual(dependencies(whole, 'bind bind-vip 10.9.0.1/32 on ipvs0'), [
    'device ensure-device ipvs0',
  ]);
  t.deepEqual(dependencies(whole, 'remove-dest del-dest tcp/10.9.0.1:80 -> 10.2.0.4:80'), [
    'contract set-dest tcp/10.9.0.1:80 -> 10.2.0.4:80',
  ]);
  t.deepEqual(dependencies(whole, 'remove-dest del-dest udp/10.9.0.3:53 -> 10.2.0.1:53'), []);
  t.deepEqual(dependencies(whole, 'restore set-service tcp/10.9.0.1:80'), [
    'remove-dest del-dest tcp/10.9.0.1:80 -> 10.2.0.4:80',
  ]);
  t.deepEqual(dependencies(whole, 'remove-service del-service tcp/10.9.0.9:80'), []);
});

const reasonOf = test.macro({
  exec(t, line: string, reason: string, impact: readonly string[]) {
    const found = operation(whole, line);
    t.is(found.reason, reason as never);
    t.deepEqual(found.impact, impact as never);
  },
  title: (_, line: string, reason: string, impact: readonly string[]) =>
    `${line}: ${reason}, ${impact.join(', ')}`,
});

test(reasonOf, 'settings set-sysctl expire_nodest_conn', 'setting', ['existing-flows']);
test(reasonOf, 'settings set-timeouts timeouts', 'setting', ['existing-flows']);
test(reasonOf, 'device ensure-device ipvs0', 'vip', ['none']);
test(reasonOf, 'create add-service fwmark/7/ipv4', 'declared', ['new-connections']);
test(reasonOf, 'create add-dest fwmark/7/ipv4 -> 10.2.0.9:0', 'declared', ['new-connections']);
test(reasonOf, `expand add-dest ${webId} -> 10.2.0.0:80`, 'declared', [
  'new-connections',
  'hash-remap',
]);
test(reasonOf, `expand set-dest ${webId} -> 10.2.0.1:80`, 'declared', [
  'new-connections',
  'hash-remap',
]);
test(reasonOf, 'bind bind-vip 10.9.0.1/32 on ipvs0', 'vip', ['new-connections']);
test(reasonOf, `tune set-service ${webId}`, 'drain-fallback', ['new-connections']);
test(reasonOf, 'tune set-service udp/10.9.0.3:53', 'declared', ['new-connections']);
test(reasonOf, `retouch set-dest ${webId} -> 10.2.0.3:80`, 'declared', ['new-connections']);
test(reasonOf, `contract set-dest ${webId} -> 10.2.0.4:80`, 'drain-start', ['new-connections']);
test(reasonOf, `remove-dest del-dest ${webId} -> 10.2.0.4:80`, 'drain-end', [
  'hash-remap',
  'resets-counters',
]);
test(reasonOf, 'remove-dest del-dest udp/10.9.0.3:53 -> 10.2.0.1:53', 'undeclared', [
  'existing-flows',
  'resets-counters',
]);
test(reasonOf, `restore set-service ${webId}`, 'drain-fallback', ['new-connections']);
test(reasonOf, 'remove-service del-service tcp/10.9.0.9:80', 'undeclared', ['resets-counters']);

test('every changed field is listed, in the order of a document, with complete objects', (t) => {
  const changed = plan({
    before: [{ ...web, destinations: [{ address: '10.2.0.1' }] }],
    after: [
      {
        ...web,
        persistence: { timeout: 60 },
        schedulerFlags: ['mh-port'],
        scheduler: 'mh',
        destinations: [
          {
            address: '10.2.0.1',
            tunnel: { type: 'gue', port: 6080 },
            lowerThreshold: 1,
            upperThreshold: 2,
            weight: 3,
            forward: 'tunnel',
          },
        ],
      },
    ],
  });
  t.deepEqual(operation(changed, `tune set-service ${webId}`), {
    id: '0002',
    phase: 'tune',
    op: 'set-service',
    service: webId as never,
    before: { ...web, scheduler: 'wlc', schedulerFlags: [], onePacket: false },
    after: {
      ...web,
      scheduler: 'mh',
      schedulerFlags: ['mh-port'],
      onePacket: false,
      persistence: { timeout: 60, netmask: '255.255.255.255' },
    },
    fields: [
      { path: 'scheduler', before: 'wlc', after: 'mh' },
      { path: 'schedulerFlags', before: [], after: ['mh-port'] },
      {
        path: 'persistence',
        before: false,
        after: { timeout: 60, netmask: '255.255.255.255' },
      },
    ],
    reason: 'declared',
    impact: ['new-connections', 'hash-remap'],
    dependsOn: [],
  });
  const { fields, before, after } = operation(changed, `expand set-dest ${webId} -> 10.2.0.1:80`);
  const tunnel = { type: 'gue', port: 6080, checksum: 'none' };
  t.deepEqual(fields, [
    { path: 'forward', before: 'masquerade', after: 'tunnel' },
    { path: 'weight', before: 1, after: 3 },
    { path: 'upperThreshold', before: 0, after: 2 },
    { path: 'lowerThreshold', before: 0, after: 1 },
    { path: 'tunnel', before: null, after: tunnel },
  ]);
  const end = { address: '10.2.0.1', port: 80 };
  t.deepEqual(before as object, {
    ...end,
    forward: 'masquerade',
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
  });
  t.deepEqual(after as object, {
    ...end,
    forward: 'tunnel',
    weight: 3,
    upperThreshold: 2,
    lowerThreshold: 1,
    tunnel,
  });
});

test('what was there and what stays are no part of the operations', (t) => {
  const { operations, summary, changes } = plan({
    before: [{ ...web, destinations: [{ address: '10.2.0.1' }] }],
    after: [{ ...web, destinations: [{ address: '10.2.0.1' }] }],
  });
  t.deepEqual(operations, []);
  t.deepEqual(changes, []);
  const none = { add: 0, change: 0, remove: 0 };
  t.deepEqual(summary, {
    services: { ...none, unchanged: 1 },
    destinations: { ...none, unchanged: 1, drain: 0 },
    vips: { ...none, unchanged: 0 },
    operations: 0,
    unmanagedServices: 0,
  });
});

test('the summary counts', (t) => {
  t.deepEqual(whole.summary, {
    services: { add: 2, change: 2, remove: 1, unchanged: 0 },
    destinations: { add: 4, change: 4, remove: 2, unchanged: 1, drain: 1 },
    vips: { add: 3, change: 0, remove: 0, unchanged: 0 },
    operations: 24,
    unmanagedServices: 0,
  });
});

test('the order of a snapshot does not matter', (t) => {
  const scope = { mode: 'exclusive' } as const;
  const state = { before: from, after: to, scope };
  const bound = [...device('10.9.0.6', '10.9.0.5', 'fd09::5').addresses];
  const rest = { vips: { device: 'ipvs0' } };
  const devices = device().devices;
  const straight = plan({ ...state, rest, actual: { addresses: bound, devices } });
  const { services } = snapshot(from);
  const turned = plan({
    ...state,
    rest,
    actual: {
      addresses: bound.toReversed(),
      devices,
      services: services
        .map((service) => ({ ...service, destinations: service.destinations.toReversed() }))
        .toReversed(),
    },
  });
  t.is(JSON.stringify(planToJSON(turned)), JSON.stringify(planToJSON(straight)));
});

test('services find each other, whatever there is and in whichever order both sides come', (t) => {
  const service = (number: number) => ({
    ...(number % 3 === 0
      ? { fwmark: number + 1 }
      : { protocol: number % 2 === 0 ? ('udp' as const) : ('tcp' as const), port: 80 }),
    ...(number % 3 === 0 ? {} : { address: `10.9.0.${number + 1}` }),
    destinations: [{ address: '10.2.0.1' }],
  });
  const numbers = fc.shuffledSubarray(Array.from({ length: 12 }, (_, index) => index));
  fc.assert(
    fc.property(numbers, numbers, (wanted, present) => {
      const state = desired(wanted.map(service) as never);
      const inOrder = new Map(state.services.map((each) => [each.id, each]));
      const turned = wanted.map((number) => {
        const [{ id } = { id: '' }] = desired([service(number)] as never).services;
        return inOrder.get(id as never) as (typeof state.services)[number];
      });
      const actual = snapshot(present.map(service) as never);
      const made = diff({ ...state, services: turned }, actual, {
        scope: { mode: 'exclusive' },
        allowEmpty: true,
      });
      const missing = wanted.filter((number) => !present.includes(number));
      const surplus = present.filter((number) => !wanted.includes(number));
      t.is(made.summary.services.add, missing.length);
      t.is(made.summary.services.remove, surplus.length);
      t.is(made.summary.services.unchanged, wanted.length - missing.length);
      const straight = diff(
        state,
        snapshot(present.toSorted((one, other) => one - other).map(service) as never),
        { scope: { mode: 'exclusive' }, allowEmpty: true },
      );
      t.deepEqual(lines(made), lines(straight));
    }),
    { numRuns: 200 },
  );
});

import test from 'ava';
import { formatPlan, normalize, stringifyPlan } from 'ipvs';
import {
  type Case,
  device,
  dns,
  dnsId,
  everything,
  notes,
  plan,
  type Services,
  web,
  webId,
} from './_plan.js';

const says = test.macro({
  exec(t, made: Case, expected: readonly string[]) {
    const { diagnostics } = plan(made);
    const said = diagnostics.filter(({ code }) => code !== 'W_ADOPTED');
    t.deepEqual(notes({ diagnostics: said } as never), expected as string[]);
    t.true(said.every(({ severity, message }) => severity === 'warning' && message !== ''));
  },
  title: (name) => name ?? '',
});

const one = [{ address: '10.2.0.1' }];
const two = [...one, { address: '10.2.0.2' }];
const off = {
  sysctls: { expire_nodest_conn: 0, conn_reuse_mode: 0, expire_quiescent_template: 0 },
};
const on = { sysctls: { expire_nodest_conn: 1, conn_reuse_mode: 1, expire_quiescent_template: 1 } };

// What a document was warned of

test('warnings of a document are part of its plans', (t) => {
  const after = [
    {
      protocol: 'tcp',
      address: '::ffff:10.9.0.1',
      port: 80,
      destinations: [{ address: '10.9.0.1' }],
    },
    { ...dns, onePacket: true, schedulerFlags: ['flag-3'], destinations: one },
  ] as const;
  t.deepEqual(
    normalize({ version: 1, services: after }).warnings.map(({ code }) => code),
    ['W_ADDRESS_MAPPED', 'W_SELF_DESTINATION', 'W_ONE_PACKET_MASQ', 'W_FLAGS_UNUSED'],
  );
  const { diagnostics } = plan({ after });
  t.deepEqual(
    diagnostics.map(({ severity, code, address, path }) => [severity, code, address, path]),
    [
      ['warning', 'W_ADDRESS_MAPPED', webId, undefined],
      ['warning', 'W_SELF_DESTINATION', webId, undefined],
      ['warning', 'W_ONE_PACKET_MASQ', dnsId, undefined],
      ['warning', 'W_FLAGS_UNUSED', dnsId, undefined],
    ],
  );
});

test('what is not about a service is told by its place in the document', (t) => {
  const rest = { vips: { device: 'ipvs0', bind: ['::ffff:10.9.0.1'] } };
  const { diagnostics } = plan({ after: [web], rest, actual: device('10.9.0.1') });
  const [warning] = diagnostics;
  t.is(warning?.code, 'W_ADDRESS_MAPPED');
  t.is(warning?.address, undefined);
  t.is(warning?.path, '/vips/bind/0');
});

test('where in a document services stand does not change what its plans say of them', (t) => {
  const services: Services = [
    { ...dns, onePacket: true, schedulerFlags: ['flag-3'], destinations: one },
    { ...web, address: '::ffff:10.9.0.1', destinations: [...one, { address: web.address }] },
    { ...web, address: '::ffff:10.9.0.7', ensure: 'absent' },
    { fwmark: 7, onePacket: true, destinations: one },
  ];
  const straight = plan({ before: [], after: services });
  const turned = plan({ before: [], after: services.toReversed() });
  t.deepEqual(turned.diagnostics, straight.diagnostics);
  t.is(stringifyPlan(turned), stringifyPlan(straight));
  t.is(formatPlan(turned), formatPlan(straight));
  t.deepEqual(notes(straight), [
    `W_ADDRESS_MAPPED ${webId}`,
    `W_SELF_DESTINATION ${webId}`,
    `W_ONE_PACKET_MASQ ${dnsId}`,
    `W_FLAGS_UNUSED ${dnsId}`,
    'W_ADDRESS_MAPPED tcp/10.9.0.7:80',
    'W_ONE_PACKET_MASQ fwmark/7/ipv4',
  ]);
});

test('a snapshot that is not consistent', says, { actual: { consistent: false } }, [
  'W_INCONSISTENT_SNAPSHOT',
]);

// Adoption

const adopts = test.macro({
  exec(t, made: Case, expected: boolean) {
    t.is(notes(plan(made)).includes(`W_ADOPTED ${webId}`), expected);
  },
  title: (name) => name ?? '',
});
const changed = { before: [{ ...web, scheduler: 'rr' }], after: [web] };
const same = { before: [web], after: [web] };
const record = { version: 1, services: [webId as never], vips: [] } as const;
const empty = { version: 1, services: [], vips: [] } as const;

test('a service that is there and changes is adopted', adopts, changed, true);
test('one that is there as it should be is not mentioned', adopts, same, false);
test('one of the record is not', adopts, { ...changed, record }, false);
test('one that is not of the record is, also as it is', adopts, { ...same, record: empty }, true);
test('a scope that selects adopts nothing', adopts, { ...changed, scope: everything }, false);
test('unless the record says so', adopts, { ...changed, scope: everything, record: empty }, true);
test('a new service is not adopted', adopts, { after: [web], record: empty }, false);

// Capacity

test(
  'no destination is declared any more',
  says,
  { before: [{ ...web, destinations: one }], after: [web] },
  [`W_NO_CAPACITY ${webId}`],
);
test(
  'all destinations are declared without weight',
  says,
  {
    before: [{ ...web, destinations: one }],
    after: [{ ...web, destinations: [{ address: '10.2.0.1', weight: 0 }] }],
  },
  [`W_NO_CAPACITY ${webId}`],
);
test(
  'there was no capacity before',
  says,
  { before: [{ ...web, destinations: [{ address: '10.2.0.1', weight: 0 }] }], after: [web] },
  [],
);
test(
  'weights are left alone, and one is there',
  says,
  {
    before: [{ ...web, destinations: one }],
    after: [{ ...web, destinations: [{ address: '10.2.0.1', weight: 0 }] }],
    ignore: ['weight'],
  },
  [],
);
test(
  'weights are left alone, and the one that stays has none',
  says,
  {
    before: [
      { ...web, destinations: [{ address: '10.2.0.1' }, { address: '10.2.0.2', weight: 0 }] },
    ],
    after: [{ ...web, destinations: [{ address: '10.2.0.2' }] }],
    ignore: ['weight'],
  },
  [`W_NO_CAPACITY ${webId}`],
);

// Hash schedulers

const hashed = (scheduler: string, after = one, extra: object = {}): Case => ({
  before: [{ ...web, scheduler, destinations: two }],
  after: [{ ...web, scheduler, destinations: after, ...extra }],
});
test('a drain without fallback', says, hashed('mh', one, { drain: { hash: 'refuse' } }), [
  `W_HASH_DRAIN ${webId}`,
]);
test(
  'a drain that needs none',
  says,
  {
    before: [{ ...web, scheduler: 'mh', schedulerFlags: ['mh-fallback'], destinations: two }],
    after: [
      {
        ...web,
        scheduler: 'mh',
        schedulerFlags: ['mh-fallback'],
        destinations: one,
        drain: { hash: 'refuse' },
      },
    ],
  },
  [],
);
test('a drain with fallback', says, hashed('mh'), []);
test('a removal from sh', says, hashed('sh'), [`W_HASH_REMAP ${webId}`]);
test('an addition to sh', says, hashed('sh', [...two, { address: '10.2.0.3' }]), [
  `W_HASH_REMAP ${webId}`,
]);
test(
  'a weight of sh',
  says,
  hashed('sh', [{ address: '10.2.0.1', weight: 2 } as never, { address: '10.2.0.2' }]),
  [`W_HASH_REMAP ${webId}`],
);
test(
  'a threshold of sh',
  says,
  hashed('sh', [{ address: '10.2.0.1', upperThreshold: 2 } as never, { address: '10.2.0.2' }]),
  [],
);
test(
  'what drains on sh already',
  says,
  {
    before: [
      { ...web, scheduler: 'sh', destinations: [...one, { address: '10.2.0.2', weight: 0 }] },
    ],
    after: [{ ...web, scheduler: 'sh', destinations: one }],
    connections: { [`${webId} -> 10.2.0.2:80`]: [1, 0] },
  },
  [`W_HASH_REMAP ${webId}`],
);
test('a removal from dh', says, hashed('dh'), [`W_DH_DRAIN ${webId}`]);
test(
  'a removal from dh that should not drain',
  says,
  hashed('dh', one, { drain: { mode: 'immediate' } }),
  [],
);
test(
  'flows of UDP on dh would not be waited for anyhow',
  says,
  {
    before: [{ ...dns, scheduler: 'dh', destinations: two }],
    after: [{ ...dns, scheduler: 'dh', destinations: one }],
    actual: on,
  },
  [],
);

const many = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    address: `10.3.${index >> 8}.${index & 255}`,
  }));
const mh = { ...web, scheduler: 'mh' };
test('a new service beyond the table', says, { after: [{ ...mh, destinations: many(4094) }] }, [
  `W_HASH_TABLE ${webId}`,
]);
test(
  'a new service with all the table',
  says,
  { after: [{ ...mh, destinations: many(4093) }] },
  [],
);
test(
  'a service that grows beyond the table',
  says,
  { before: [mh], after: [{ ...mh, destinations: many(4094) }] },
  [`W_HASH_TABLE ${webId}`],
);
test('another scheduler has no table', says, { after: [{ ...web, destinations: many(4094) }] }, []);

// Drains

const drains = { before: [{ ...web, destinations: two }], after: [{ ...web, destinations: one }] };
const sticky = {
  before: [{ ...web, persistence: true, destinations: two }],
  after: [{ ...web, persistence: true, destinations: one }],
} as const;
test(
  'templates that are renewed',
  says,
  { ...sticky, actual: { sysctls: { ...off.sysctls, conn_reuse_mode: 1 } } },
  [`W_PERSISTENT_DRAIN ${webId}`],
);
test('templates that are not', says, { ...sticky, actual: on }, []);
test('templates where it is not known', says, sticky, []);
test('ports that are used again', says, { ...drains, actual: off }, [`W_REUSE_DRAIN ${webId}`]);
test(
  'ports that are used again, and looked at',
  says,
  { ...drains, actual: { sysctls: { conn_reuse_mode: 1, expire_nodest_conn: 0 } } },
  [],
);
test(
  'the same of a whole service',
  says,
  { before: drains.before, scope: everything, allowEmpty: true, actual: off },
  [`W_REUSE_DRAIN ${webId}`],
);
test(
  'what the plan itself sets counts',
  says,
  { ...drains, actual: off, rest: { sysctls: { expire_nodest_conn: 1 } } },
  [],
);

const flows = { before: [{ ...dns, destinations: two }], after: [{ ...dns, destinations: one }] };
test('flows of UDP', says, { ...flows, actual: off }, [`W_UDP_NODEST ${dnsId}`]);
test('flows of UDP that are scheduled anew', says, { ...flows, actual: on }, []);
test(
  'flows of UDP that are waited for',
  says,
  { ...flows, actual: { sysctls: { expire_nodest_conn: 0 } }, drain: { udp: 'wait' } },
  [],
);
test(
  'packets of UDP have no flow',
  says,
  {
    before: [
      { ...dns, onePacket: true, destinations: [{ address: '10.2.0.1', forward: 'direct' }] },
    ],
    after: [{ ...dns, onePacket: true }],
    actual: off,
  },
  [`W_NO_CAPACITY ${dnsId}`],
);
test(
  'a service of UDP without destinations',
  says,
  { before: [dns, web], after: [web], scope: everything, actual: off },
  [],
);

// Changes in place

test('persistence that ends', says, { before: [{ ...web, persistence: true }], after: [web] }, [
  `W_PERSISTENCE_LINGER ${webId}`,
]);
test(
  'persistence that is shortened',
  says,
  { before: [{ ...web, persistence: true }], after: [{ ...web, persistence: { timeout: 5 } }] },
  [],
);

const tunnels = (type: 'ipip' | 'gre', forward: 'tunnel' | 'masquerade' = 'tunnel') => [
  {
    ...web,
    destinations: [
      { address: '10.2.0.1', forward, ...(forward === 'tunnel' ? { tunnel: { type } } : {}) },
    ],
  },
];
test('another tunnel', says, { before: tunnels('ipip'), after: tunnels('gre') }, [
  `W_TUNNEL_LIVE ${webId} -> 10.2.0.1:80`,
]);
test(
  'a tunnel where none was',
  says,
  { before: tunnels('ipip', 'masquerade'), after: tunnels('gre') },
  [],
);

// The last service of a family

const gone = { scope: everything, allowEmpty: true, drain: { mode: 'immediate' } } as const;
const six = { protocol: 'tcp', address: 'fd09::1', port: 80 } as const;
test('the last service', says, { ...gone, before: [web] }, [`W_LAST_SERVICE_FAMILY ${webId}`]);
test('the last of several is the last', says, { ...gone, before: [web, { ...web, port: 81 }] }, [
  'W_LAST_SERVICE_FAMILY tcp/10.9.0.1:81',
]);
test('the last of each family', says, { ...gone, before: [web, six] }, [
  `W_LAST_SERVICE_FAMILY ${webId}`,
  'W_LAST_SERVICE_FAMILY tcp/[fd09::1]:80',
]);
test(
  'a mark keeps the family',
  says,
  { ...gone, before: [web, { fwmark: 7 }], after: [{ fwmark: 7 }] },
  [],
);
test(
  'a mark of the other family does not',
  says,
  { ...gone, before: [web, { fwmark: 7, family: 'ipv6' }], after: [{ fwmark: 7, family: 'ipv6' }] },
  [`W_LAST_SERVICE_FAMILY ${webId}`],
);
test(
  'a service that comes keeps the family',
  says,
  { ...gone, before: [web], after: [{ fwmark: 7 }] },
  [],
);
test('the last service drains', says, { ...gone, drain: {}, before: drains.before }, []);
test(
  'one that drains is later',
  says,
  { ...gone, drain: {}, before: [...drains.before, dns], actual: on },
  [],
);

// Virtual addresses

const vips = { rest: { vips: { device: 'ipvs0' } } } as const;
test(
  'an address that is elsewhere',
  says,
  {
    ...vips,
    after: [web],
    actual: {
      ...device(),
      addresses: [{ ...device('10.9.0.1').addresses[0], device: 'eth0' } as never],
    },
  },
  ['W_VIP_ELSEWHERE 10.9.0.1/32 on ipvs0'],
);
test(
  'an address of somebody else',
  says,
  { ...vips, before: [web], after: [], actual: device('10.9.0.1') },
  ['W_VIP_FOREIGN 10.9.0.1/32 on ipvs0'],
);

import test from 'ava';
import { diff, type FormatPlanOptions, formatPlan } from 'ipvs';
import { type Case, plan } from './_plan.js';
import { desired, snapshot } from './_state.js';

const web = { protocol: 'tcp', address: '10.9.0.2', port: 443 } as const;
const names = { protocol: 'udp', address: '10.9.0.3', port: 53 } as const;

const wanted = desired(
  [
    {
      protocol: 'tcp',
      address: '10.9.0.1',
      port: 80,
      persistence: true,
      destinations: [{ address: '10.2.2.2' }, { address: '10.2.1.2' }],
    },
    {
      ...web,
      scheduler: 'mh',
      schedulerFlags: ['mh-fallback'],
      destinations: [{ address: '10.2.1.2', weight: 5 }, { address: '10.2.3.2' }],
    },
  ],
  { vips: { device: 'ipvs0' } },
);

const actual = snapshot(
  [
    {
      ...web,
      scheduler: 'rr',
      destinations: [{ address: '10.2.1.2' }, { address: '10.2.2.2' }],
    },
    { ...names, destinations: [{ address: '10.2.1.2' }] },
    { protocol: 'tcp', address: '10.8.0.1', port: 80 },
    { fwmark: 7 },
  ],
  {
    snapshot: {
      sysctls: { expire_nodest_conn: 0 },
      addresses: [
        { device: 'ipvs0', address: '10.9.0.2', prefixLength: 32, scope: 'global' },
        { device: 'ipvs0', address: '10.9.0.3', prefixLength: 32, scope: 'global' },
      ],
      devices: { ipvs0: { name: 'ipvs0', kind: 'dummy' } },
    },
  },
);

const scope = { mode: 'selected', include: [{ cidr: '10.9.0.0/24' }] } as const;

test('a plan reads as a person would tell it', (t) => {
  const plan = diff(wanted, actual, { scope });
  t.is(
    formatPlan(plan),
    `Scope: selected (10.9.0.0/24). Actual: 2 services, 3 destinations; 2 services out of scope, untouched.

+ tcp/10.9.0.1:80  wlc  persistence 360s
    + 10.2.1.2:80  masquerade  weight 1
    + 10.2.2.2:80  masquerade  weight 1
~ tcp/10.9.0.2:443
    ~ scheduler: rr -> mh
    ~ schedulerFlags: none -> mh-fallback
    ~ 10.2.1.2:443  weight: 1 -> 5
    - 10.2.2.2:443  drain until idle, at most 300s
    + 10.2.3.2:443  masquerade  weight 1
- udp/10.9.0.3:53
    - 10.2.1.2:53  immediately
+ vip 10.9.0.1/32 on ipvs0
- vip 10.9.0.3/32 on ipvs0

! W_UDP_NODEST udp/10.9.0.3:53: expire_nodest_conn is 0, flows of removed destinations are dropped until they expire

Plan: services 1 to add, 1 to change, 1 to remove; destinations 3 to add, 1 to change, 2 to remove (1 drained); vips 1 to add, 1 to remove. 11 operations.`,
  );
});

const hosts = (...weights: readonly number[]) =>
  weights.map((weight, index) => ({ address: `10.2.0.${index + 1}`, weight }));
const one = { ...web, destinations: hosts(1) };

const reads = test.macro({
  exec(t, made: Case, options: FormatPlanOptions, ...expected: readonly string[]) {
    t.is(formatPlan(plan(made), options), expected.join('\n'));
  },
  title: (name) => name ?? '',
});

test(
  'nothing to do is one sentence',
  reads,
  { before: [one, { fwmark: 7 }], after: [one, { fwmark: 7 }] },
  {},
  'No changes. Actual state matches desired state (2 services, 1 destination).',
);
test(
  'also about one service, in colours, and whatever else is there',
  reads,
  {
    before: [{ ...web, destinations: hosts(1, 1) }, { fwmark: 7 }],
    after: [{ ...web, destinations: hosts(1, 1) }],
  },
  { color: true, operations: true },
  'No changes. Actual state matches desired state (1 service, 2 destinations).',
);
test(
  'also about nothing',
  reads,
  {},
  {},
  'No changes. Actual state matches desired state (0 services, 0 destinations).',
);
test(
  'one of each',
  reads,
  { before: [one, { fwmark: 7 }], after: [{ ...web, destinations: hosts(2) }] },
  {},
  'Scope: declared. Actual: 1 service, 1 destination; 1 service out of scope, untouched.',
  '',
  '~ tcp/10.9.0.2:443',
  '    ~ 10.2.0.1:443  weight: 1 -> 2',
  '',
  "! W_ADOPTED tcp/10.9.0.2:443: the service was there already, and is this owner's from now on",
  '',
  'Plan: services 0 to add, 1 to change, 0 to remove; destinations 0 to add, 1 to change, 0 to remove. 1 operation.',
);
test(
  'what drains is on its way, and how long it may still take',
  reads,
  {
    before: [
      { ...web, destinations: hosts(1, 0, 1) },
      { ...names, protocol: 'tcp', destinations: hosts(0) },
    ],
    after: [{ ...web, destinations: hosts(1) }],
    connections: {
      'tcp/10.9.0.2:443 -> 10.2.0.2:443': [1, 0],
      'tcp/10.9.0.3:53 -> 10.2.0.1:53': [1, 0],
    },
    drains: [
      {
        service: 'tcp/10.9.0.2:443',
        destination: '10.2.0.2:443',
        weightBefore: 1,
        startedAt: 1000,
        deadlineAt: 11_000,
      } as never,
    ],
    now: 3500,
    drain: { until: 'no-active' },
    scope: { mode: 'exclusive' },
  },
  { operations: true },
  'Scope: exclusive. Actual: 2 services, 4 destinations.',
  '',
  '~ tcp/10.9.0.2:443',
  '    = 10.2.0.2:443  draining until no connection is active, at most 7.5s more',
  '    - 10.2.0.3:443  drain until no connection is active, at most 300s',
  '= tcp/10.9.0.3:53',
  '    = 10.2.0.1:53  draining until no connection is active, at most 300s more',
  '',
  '0001 contract       set-dest      tcp/10.9.0.2:443 -> 10.2.0.3:443  weight: 1 -> 0',
  '0002 remove-dest    del-dest      tcp/10.9.0.2:443 -> 10.2.0.2:443  (drain until no connection is active, at most 7.5s)',
  '0003 remove-dest    del-dest      tcp/10.9.0.2:443 -> 10.2.0.3:443  (drain until no connection is active, at most 300s)  after 0001',
  '0004 remove-service del-service   tcp/10.9.0.3:53  (drain until no connection is active, at most 300s)',
  '',
  'Plan: services 0 to add, 1 to change, 1 to remove; destinations 0 to add, 0 to change, 3 to remove (3 drained). 4 operations.',
);
test(
  'errors are told, with the place in the document',
  reads,
  { rest: { sysctls: { est_nice: 1 } }, actual: { sysctls: {} } },
  {},
  'Scope: declared. Actual: 0 services, 0 destinations.',
  '',
  '! E_SYSCTL est_nice: this kernel has no net.ipv4.vs.est_nice: it came with Linux 6.2',
  '',
  'Plan: services 0 to add, 0 to change, 0 to remove; destinations 0 to add, 0 to change, 0 to remove. 0 operations.',
);
test(
  'settings and devices',
  reads,
  {
    rest: {
      vips: { device: 'ipvs0', bind: ['10.9.0.1'] },
      timeouts: { tcp: 60, udp: 30 },
      sysctls: { est_cpulist: '0-3', drop_entry: 3 },
    },
    actual: {
      timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
      sysctls: { est_cpulist: '', drop_entry: 0 },
      addresses: [],
      devices: {},
    },
  },
  {},
  'Scope: declared. Actual: 0 services, 0 destinations.',
  '',
  '~ sysctl drop_entry: 0 -> 3',
  '~ sysctl est_cpulist: "" -> 0-3',
  '~ timeouts  tcp: 900 -> 60, udp: 300 -> 30',
  '+ device ipvs0',
  '+ vip 10.9.0.1/32 on ipvs0',
  '',
  'Plan: services 0 to add, 0 to change, 0 to remove; destinations 0 to add, 0 to change, 0 to remove; vips 1 to add, 0 to remove; settings 3 to change. 5 operations.',
);
test(
  'everything that can be said of services and destinations',
  reads,
  {
    after: [
      {
        ...names,
        scheduler: 'mh',
        schedulerFlags: ['mh-port', 'mh-fallback'],
        persistence: { timeout: 60, netmask: 24, engine: 'sip' },
        onePacket: true,
        destinations: [
          {
            address: '10.2.0.1',
            forward: 'tunnel',
            tunnel: { type: 'gue', port: 6080, checksum: 'full' },
          },
          { address: '10.2.0.2', forward: 'tunnel', tunnel: { type: 'gre' } },
          { address: '10.2.0.3', forward: 'tunnel', upperThreshold: 9, lowerThreshold: 5 },
        ],
      },
    ],
  },
  {},
  'Scope: declared. Actual: 0 services, 0 destinations.',
  '',
  '+ udp/10.9.0.3:53  mh  mh-fallback mh-port  persistence 60s netmask 255.255.255.0 engine sip  one-packet',
  '    + 10.2.0.1:53  tunnel gue:6080 checksum full  weight 1',
  '    + 10.2.0.2:53  tunnel gre  weight 1',
  '    + 10.2.0.3:53  tunnel  weight 1  thresholds 5..9',
  '',
  'Plan: services 1 to add, 0 to change, 0 to remove; destinations 3 to add, 0 to change, 0 to remove. 4 operations.',
);
test(
  'and of their changes',
  reads,
  {
    before: [
      {
        ...names,
        persistence: true,
        destinations: [{ address: '10.2.0.1', forward: 'tunnel', tunnel: { type: 'gre' } }],
      },
    ],
    after: [
      {
        ...names,
        onePacket: true,
        destinations: [
          { address: '10.2.0.1', forward: 'tunnel', tunnel: { type: 'gue', port: 1 } },
        ],
      },
    ],
    scope: {
      mode: 'selected',
      include: [{ protocol: 'udp', ports: [53, [80, 90]] }, { fwmark: [1, 9] }],
      exclude: [{ family: 'ipv6' }, {}],
    },
  },
  {},
  'Scope: selected (udp ports 53,80-90 or fwmark 1-9, not ipv6 or all). Actual: 0 services, 0 destinations; 1 service out of scope, untouched.',
  '',
  '! E_OUT_OF_SCOPE udp/10.9.0.3:53: the document names a service that the scope leaves out',
  '',
  'Plan: services 0 to add, 0 to change, 0 to remove; destinations 0 to add, 0 to change, 0 to remove. 0 operations.',
);
const sticky = { ...names, persistence: true } as const;
test(
  'and of what they change to',
  reads,
  {
    before: [{ ...sticky, destinations: [{ address: '10.2.0.1', forward: 'tunnel' }] }],
    after: [
      {
        ...names,
        onePacket: true,
        destinations: [
          { address: '10.2.0.1', forward: 'tunnel', tunnel: { type: 'gue', port: 1 } },
        ],
      },
    ],
    scope: { mode: 'exclusive' },
  },
  {},
  'Scope: exclusive. Actual: 1 service, 1 destination.',
  '',
  '~ udp/10.9.0.3:53',
  '    ~ persistence: 360s netmask 255.255.255.255 -> off',
  '    ~ onePacket: off -> on',
  '    ~ 10.2.0.1:53  tunnel: ipip -> gue:1',
  '',
  '! W_TUNNEL_LIVE udp/10.9.0.3:53 -> 10.2.0.1:53: packets of open connections are wrapped in the new way at once',
  '! W_PERSISTENCE_LINGER udp/10.9.0.3:53: templates live on until they expire, and hold again where persistence is switched on before that',
  '',
  'Plan: services 0 to add, 1 to change, 0 to remove; destinations 0 to add, 1 to change, 0 to remove. 2 operations.',
);
const verbose: Case = {
  before: [one, { ...names, destinations: hosts(1) }, { fwmark: 7 }],
  after: [
    { fwmark: 7 },
    { ...names, destinations: hosts(1) },
    { ...web, destinations: hosts(1, 2) },
    { ...web, port: 80 },
  ],
  scope: { mode: 'exclusive' },
};
test(
  'the rest stands in its place where it is asked for',
  reads,
  verbose,
  { verbose: true },
  'Scope: exclusive. Actual: 3 services, 2 destinations.',
  '',
  '+ tcp/10.9.0.2:80  wlc',
  '~ tcp/10.9.0.2:443',
  '      10.2.0.1:443  masquerade  weight 1',
  '    + 10.2.0.2:443  masquerade  weight 2',
  '  udp/10.9.0.3:53  wlc',
  '      10.2.0.1:53  masquerade  weight 1',
  '  fwmark/7/ipv4  wlc',
  '',
  'Plan: services 1 to add, 1 to change, 0 to remove; destinations 1 to add, 0 to change, 0 to remove. 2 operations.',
);
test(
  'also where there is nothing to do',
  reads,
  { before: [one], after: [one] },
  { verbose: true },
  'Scope: declared. Actual: 1 service, 1 destination.',
  '',
  '  tcp/10.9.0.2:443  wlc',
  '      10.2.0.1:443  masquerade  weight 1',
  '',
  'No changes. Actual state matches desired state (1 service, 1 destination).',
);

const colorCode = '\u001b[';
const colored = diff(wanted, actual, { scope });

test('there are no colours unless they are asked for', (t) => {
  t.false(formatPlan(colored, { operations: true, verbose: true }).includes(colorCode));
});

test('colours change nothing but the lines with symbols', (t) => {
  const lines = formatPlan(colored, { color: true }).split('\n');
  const plain = formatPlan(colored).split('\n');
  const codes = new Map(Object.entries({ '+': 32, '~': 33, '-': 31, '=': 36, '!': 35 }));
  for (const [index, line] of plain.entries()) {
    const code = codes.get(line.trimStart()[0] ?? '');
    t.is(lines[index], code === undefined ? line : `${colorCode}${code}m${line}${colorCode}39m`);
  }
});

test('equal plans read the same', (t) => {
  const again = diff(wanted, actual, { scope });
  t.is(formatPlan(again, { operations: true }), formatPlan(colored, { operations: true }));
});

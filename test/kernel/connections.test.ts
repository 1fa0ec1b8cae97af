import test, { type ExecutionContext } from 'ava';
import type { Connection, ConnectionFilter } from 'ipvs';
import { Companion } from './_companion.js';
import { type Director, list, makeDirector } from './_director.js';
import { makeNamespace } from './_namespace.js';
import type { SyncedConnection } from './_sync-messages.js';

// One director serves all: each test has addresses of its own, whose first octets differ. One runs after the other, because
// up to Linux 6.13 a walk through the table brings an entry again when others come.
const addresses = [
  ...['10.20.0.1', '10.20.0.2', '10.20.0.3', 'fd20::1', 'fd20::2', 'fd20::3'],
  ...['10.21.0.1', '10.21.7.3', 'fd21::1', 'fd21:0:0:7::3'],
  ...['10.22.0.1', '10.22.0.3'],
  ...['10.23.0.1', '10.23.0.3', 'fd23::1', 'fd23::3'],
  ...['10.24.0.1', '10.24.0.3'],
  ...['10.25.0.1', '10.25.0.3'],
];
const cleanups: (() => unknown)[] = [];
let director: Director;

test.before(async () => {
  director = await makeDirector({ teardown: (cleanup) => cleanups.push(cleanup) }, { addresses });
});

test.after.always(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

/** The connections without the seconds that are left, of which there were so many at most. */
function withoutTime(t: ExecutionContext, connections: readonly Connection[], most: number) {
  return connections.map(({ expires, ...rest }) => {
    t.true(Number.isInteger(expires) && expires > most - 60 && expires <= most, String(expires));
    return rest;
  });
}

test.serial('open TCP connections are listed with their templates', async (t) => {
  const { ipvs } = director;
  const routes = [
    ['10.20.0.1', '10.20.0.2', '10.20.0.3'],
    ['fd20::1', 'fd20::2', 'fd20::3'],
  ] as const;
  for (const [virtual, destination] of routes) {
    const service = { protocol: 'tcp', address: virtual, port: 80 } as const;
    await ipvs.addService({ ...service, persistence: { timeout: 900 } });
    await ipvs.addDestination(service, { address: destination, port: 8080 });
  }
  const companion = Companion.startChild(t, director, 'hold', ...routes.map(String));
  const ports = JSON.parse(await companion.answer()) as number[][];
  for (const [index, [virtual, destination, client]] of routes.entries()) {
    const found = withoutTime(t, await list(director, { client }), 900);
    const common = {
      protocol: 'tcp' as const,
      virtual: { address: virtual, port: 80 },
      destination: { address: destination, port: 8080 },
      invalidated: false,
    };
    const byPort = (one: number, other: number) => one - other;
    t.deepEqual(
      found.sort((one, other) => byPort(one.client.port, other.client.port)),
      [
        { ...common, client: { address: client, port: 0 }, state: 'ASSURED', template: true },
        ...(ports[index] ?? []).sort(byPort).map((port) => ({
          ...common,
          client: { address: client, port },
          state: 'ESTABLISHED',
          template: false,
        })),
      ],
    );
  }
});

const persistent = test.macro(
  async (
    t,
    [virtual, destination, client, masked]: readonly [string, string, string, string],
    netmask: string | number,
  ) => {
    const { ipvs, send } = director;
    const service = { protocol: 'udp', address: virtual, port: 53 } as const;
    await ipvs.addService({ ...service, persistence: { timeout: 300, netmask } });
    await ipvs.addDestination(service, { address: destination, port: 53 });
    await send({ from: [client, 5000], to: [virtual, 53] });
    const common = {
      protocol: 'udp' as const,
      virtual: { address: virtual, port: 53 },
      destination: { address: destination, port: 53 },
      invalidated: false,
    };
    const template = {
      ...common,
      client: { address: masked, port: 0 },
      state: 'NONE', // nobody has answered
      template: true,
    };
    const flow = {
      ...common,
      client: { address: client, port: 5000 },
      state: 'UDP',
      template: false,
    };
    const found = async (filter: ConnectionFilter) =>
      withoutTime(t, await list(director, { service, ...filter }), 300);
    t.deepEqual(await found({ templates: 'only' }), [template]);
    t.deepEqual(await found({ templates: 'exclude' }), [flow]);
    t.deepEqual(await found({}), [template, flow]);
  },
);

test.serial(
  'a persistent IPv4 client has a template, with the network it comes from',
  persistent,
  ['10.21.0.1', '10.21.9.1', '10.21.7.3', '10.21.7.0'],
  '255.255.255.0',
);
test.serial(
  'a persistent IPv6 client has a template, with the network it comes from',
  persistent,
  ['fd21::1', 'fd21::9:1', 'fd21:0:0:7::3', 'fd21:0:0:7::'],
  64,
);

test.serial('a template whose destination is gone is invalidated', async (t) => {
  const { ipvs, send } = director;
  const service = { protocol: 'udp', address: '10.22.0.1', port: 53 } as const;
  await ipvs.addService({ ...service, persistence: { timeout: 100 } });
  await ipvs.addDestination(service, { address: '10.1.0.1', port: 53 });
  await send({ from: ['10.22.0.3', 5000], to: ['10.22.0.1', 53] });
  await ipvs.removeDestination(service, '10.1.0.1:53');
  await ipvs.addDestination(service, { address: '10.1.0.2', port: 53 });
  await send({ from: ['10.22.0.3', 5001], to: ['10.22.0.1', 53] });
  // Port 0 stands for every port, also for the one that kernels up to 7.0 take away.
  const templates = await list(director, { service: 'udp/10.22.0.1:0', templates: 'only' });
  t.deepEqual(
    templates
      .map(({ client, destination, invalidated }) => [
        destination.address,
        destination.port,
        client.address,
        client.port,
        invalidated,
      ])
      .sort(),
    [
      ['10.1.0.1', 65535, '10.22.0.3', 0, true],
      ['10.1.0.2', 53, '10.22.0.3', 0, false],
    ],
  );
});

const marked = test.macro(
  async (
    t,
    family: 'ipv4' | 'ipv6',
    [virtual, destination, client]: readonly [string, string, string],
  ) => {
    const { ipvs, send } = director;
    for (const fwmark of [7, 0x7ffffffe]) {
      await ipvs.addService({ fwmark, family, persistence: { timeout: 100 } });
      await ipvs.addDestination({ fwmark, family }, { address: destination, port: 0 });
    }
    await send(
      { from: [client, 5000], to: [virtual, 53], mark: 7 },
      { from: [client, 5001], to: [virtual, 54], mark: 7 },
      { from: [client, 5002], to: [virtual, 55], mark: 0x7ffffffe },
    );
    const template = (fwmark: number) => ({
      protocol: 'protocol-0' as const,
      client: { address: client, port: 0 },
      virtual: { fwmark },
      destination: { address: destination, port: 0 },
      state: 'NONE',
      template: true,
      invalidated: false,
    });
    const found = async (filter: ConnectionFilter) =>
      withoutTime(t, await list(director, filter), 100);
    t.deepEqual(await found({ client, templates: 'only' }), [template(0x7ffffffe), template(7)]);
    t.deepEqual(await found({ service: { fwmark: 7, family } }), [template(7)]);
    t.deepEqual(await found({ service: `fwmark/${0x7ffffffe}/${family}` }), [template(0x7ffffffe)]);
    t.deepEqual(await found({ service: { fwmark: 8, family } }), []);
    // The connections themselves have the addresses of their packets.
    const flows = await list(director, { client, templates: 'exclude' });
    t.deepEqual(
      flows.map((flow) => [flow.protocol, flow.client.port, flow.virtual]),
      [
        ['udp', 5000, { address: virtual, port: 53 }],
        ['udp', 5001, { address: virtual, port: 54 }],
        ['udp', 5002, { address: virtual, port: 55 }],
      ],
    );
  },
);

test.serial('templates of IPv4 mark services have the mark', marked, 'ipv4', [
  '10.23.0.1',
  '10.23.0.2',
  '10.23.0.3',
]);
test.serial('templates of IPv6 mark services have the mark', marked, 'ipv6', [
  'fd23::1',
  'fd23::2',
  'fd23::3',
]);

/** A packet of the protocol that the engine reads. */
function invitation(callId: string): string {
  return [
    'INVITE sip:service@10.24.0.1 SIP/2.0',
    'Via: SIP/2.0/UDP 10.24.0.3:5000',
    `Call-ID: ${callId}`,
    'CSeq: 1 INVITE',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

test.serial('the calls that the engine sip saw are listed with their ids', async (t) => {
  const { ipvs, send } = director;
  const service = { protocol: 'udp', address: '10.24.0.1', port: 5060, scheduler: 'rr' } as const;
  await ipvs.addService({ ...service, persistence: { timeout: 100, engine: 'sip' } });
  await ipvs.addDestination(service, { address: '10.1.0.1', port: 5060 });
  const ids = ['a84b4c76e66710@pc33.example.com', 'x'.repeat(255)];
  await send(
    ...ids.map((id, index) => ({
      from: ['10.24.0.3', 5000 + index] as const,
      to: ['10.24.0.1', 5060] as const,
      data: invitation(id),
    })),
  );
  for (const filter of [{}, { unique: true }]) {
    const templates = await list(director, { service, templates: 'only', ...filter });
    t.deepEqual(
      templates.map(({ client, engine }) => [client.port, engine]),
      ids.map((data) => [0, { name: 'sip', data }]),
    );
  }
  // The other file has everything but that.
  const synced = await list(director, { service, templates: 'only', synced: true });
  t.deepEqual(
    synced.map(({ origin, engine }) => [origin, engine]),
    [
      ['local', undefined],
      ['local', undefined],
    ],
  );
});

const ends = { virtual: ['10.9.0.1', 80], destination: ['10.1.0.1', 8080] } as const;

test.serial(
  'connections of every protocol are listed in every state, and found by it',
  async (t) => {
    const states = {
      tcp: 'NONE ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN SYNACK',
      udp: 'UDP',
      sctp: 'NONE INIT1 INIT C-SENT C-REPLIED C-WAIT COOKIE C-ECHOED ESTABLISHED S-SENT S-RECEIVED S-ACK-SENT REJECTED CLOSED',
    } as const;
    const numbers = { tcp: 6, udp: 17, sctp: 132 };
    const protocols = ['tcp', 'udp', 'sctp'] as const;
    const all = protocols.flatMap((protocol) =>
      states[protocol].split(' ').map((state, index) => ({ protocol, state, index })),
    );
    const client = '10.30.0.1';
    const told = all.map(
      ({ protocol, index }): SyncedConnection => ({
        protocol: numbers[protocol],
        client: [client, 1000 + index],
        ...ends,
        state: index,
      }),
    );
    await director.tell({ client }, ...told);
    const found = async (filter: ConnectionFilter) =>
      (await list(director, { client, ...filter }))
        .map(({ protocol, state, ...each }) => `${protocol} ${each.client.port} ${state}`)
        .sort();
    const expected = (fits: (each: (typeof all)[number]) => boolean) =>
      all
        .filter(fits)
        .map(({ protocol, state, index }) => `${protocol} ${1000 + index} ${state}`)
        .sort();
    t.deepEqual(
      await found({}),
      expected(() => true),
    );
    for (const state of new Set(all.map((each) => each.state))) {
      t.deepEqual(
        await found({ state: state as 'UDP' }),
        expected((each) => each.state === state),
      );
    }
    for (const protocol of protocols) {
      t.deepEqual(
        await found({ protocol }),
        expected((each) => each.protocol === protocol),
      );
    }
  },
);

test.serial('what other directors told of is told apart from what is local', async (t) => {
  const { ipvs, send, tell } = director;
  const service = { protocol: 'udp', address: '10.25.0.1', port: 53 } as const;
  await ipvs.addService(service);
  await ipvs.addDestination(service, { address: '10.1.0.1' });
  await send({ from: ['10.25.0.3', 5000], to: ['10.25.0.1', 53] });
  const client = '10.25.0.0/24';
  const virtual = ['10.25.0.1', 80] as const;
  await tell(
    { client, synced: true, protocol: 'tcp' },
    { ...ends, protocol: 6, client: ['10.25.0.9', 1000], virtual, state: 1 },
    { ...ends, protocol: 6, client: ['10.25.0.0', 0], virtual, state: 1, template: true },
  );
  const found = (await list(director, { client, synced: true })).map((each) => [
    each.client.address,
    each.template,
    each.origin,
  ]);
  t.deepEqual(found, [
    ['10.25.0.0', true, 'sync'],
    ['10.25.0.9', false, 'sync'],
    ['10.25.0.3', false, 'local'],
  ]);
  for (const connection of await list(director, { client })) t.false('origin' in connection);
});

test.serial('what only another director could make is read, too', async (t) => {
  // Loads the engine.
  await director.ipvs.addService({
    protocol: 'udp',
    address: '10.31.0.1',
    port: 5060,
    persistence: { engine: 'sip' },
  });
  const client = '10.31.0.1';
  const template = { ...ends, client: [client, 0], template: true } as const;
  await director.tell(
    { client },
    { ...template, protocol: 1 },
    { ...template, protocol: 50, state: 1 },
    { ...template, protocol: 47, destination: ['10.1.0.1', 65535] },
    { ...template, protocol: 17, engine: ['sip', 'a b\xff\xc3\xa9 c'] },
    { ...ends, protocol: 50, client: [client, 7] },
    { ...ends, protocol: 6, client: [client, 8], state: 1, timeout: 4_000_000 },
  );
  const found = await list(director, { client });
  t.deepEqual(
    found.map((each) => [
      each.protocol,
      each.client.port,
      each.state,
      each.template,
      each.invalidated,
      each.engine?.data,
    ]),
    [
      ['protocol-1', 0, 'NONE', true, false, undefined],
      ['protocol-47', 0, 'NONE', true, true, undefined],
      ['protocol-50', 0, 'ASSURED', true, false, undefined],
      ['protocol-50', 7, 'ERR!', false, false, undefined],
      ['tcp', 8, 'ESTABLISHED', false, false, undefined],
      ['udp', 0, 'NONE', true, false, 'a b\xff\xc3\xa9 c'],
    ],
  );
  const long = found.find((each) => each.client.port === 8)?.expires ?? 0;
  t.true(long > 3_999_000 && long <= 4_000_000, String(long));
});

test.serial('a filter finds what fits each of its fields, and leaves out the rest', async (t) => {
  const here = { virtual: ['10.32.9.1', 80], destination: ['10.32.1.1', 8080] } as const;
  const other = { virtual: ['10.32.9.2', 81], destination: ['10.32.1.2', 8081] } as const;
  const ipv6 = { virtual: ['fd32::9:1', 80], destination: ['fd32::1:1', 8080] } as const;
  const mark = { virtual: ['0.0.3.32', 0], destination: ['10.32.1.1', 0], fwmark: 800 } as const;
  await director.tell(
    { client: '10.32.0.0/16' },
    { protocol: 6, client: ['10.32.1.1', 1], ...here, state: 1 },
    { protocol: 17, client: ['10.32.1.2', 2], ...here },
    { protocol: 6, client: ['10.32.2.3', 3], ...other, state: 5 },
    { protocol: 6, client: ['10.32.1.0', 0], ...here, state: 1, template: true },
    { protocol: 0, client: ['10.32.1.0', 0], ...mark, state: 1, template: true },
  );
  await director.tell(
    { client: 'fd32::/16' },
    { protocol: 6, client: ['fd32::4', 4], ...ipv6, state: 1 },
  );
  const found = async (filter: ConnectionFilter) => {
    const ports: (number | string)[] = [];
    for await (const { client, virtual } of director.ipvs.connections(filter)) {
      // Other tests have connections as well.
      if (!/^(10\.32|fd32)/.test(client.address)) continue;
      ports.push('fwmark' in virtual ? 'mark' : client.port);
    }
    return ports.sort().join(' ');
  };
  t.is(await found({}), '0 1 2 3 4 mark');
  t.is(await found({ protocol: 'tcp' }), '0 1 3 4');
  t.is(await found({ protocol: 'sctp' }), '');
  t.is(await found({ service: 'tcp/10.32.9.1:80' }), '0 1');
  t.is(await found({ service: 'udp/10.32.9.1:80' }), '2');
  t.is(await found({ service: 'tcp/10.32.9.1:81' }), '');
  t.is(await found({ service: 'tcp/[fd32::9:1]:80' }), '4');
  t.is(await found({ service: 'fwmark/800' }), 'mark');
  t.is(await found({ service: 'fwmark/800/ipv6' }), '');
  t.is(await found({ client: '10.32.1.1' }), '1');
  t.is(await found({ client: '10.32.1.0/24' }), '0 1 2 mark');
  t.is(await found({ client: 'fd32::/16' }), '4');
  t.is(await found({ client: '10.33.0.0/16' }), '');
  t.is(await found({ destination: '10.32.1.1' }), '0 1 2 mark');
  t.is(await found({ destination: '10.32.1.1:8080' }), '0 1 2');
  t.is(await found({ destination: '10.32.1.1:0' }), 'mark');
  t.is(await found({ destination: 'fd32::1:1' }), '4');
  t.is(await found({ state: 'time_wait' }), '3');
  t.is(await found({ state: 'LISTEN' }), '');
  t.is(await found({ templates: 'only' }), '0 mark');
  t.is(await found({ templates: 'exclude' }), '1 2 3 4');
  const several = { templates: 'exclude', protocol: 'tcp', client: '10.32.0.0/16' } as const;
  t.is(await found({ ...several, synced: true, unique: true }), '1 3');
});

test.serial('each network namespace has connections of its own', async (t) => {
  const alone = await makeDirector(t, { addresses: ['10.26.0.1', '10.26.0.3'], backup: false });
  t.deepEqual(await list(alone), []);
  t.deepEqual(await list(alone, { synced: true }), []);
  const service = { protocol: 'udp', address: '10.26.0.1', port: 53 } as const;
  await alone.ipvs.addService(service);
  // A tunnel can take them to the other family.
  await alone.ipvs.addDestination(service, { address: 'fd26::2', forward: 'tunnel' });
  await alone.send({ from: ['10.26.0.3', 5000], to: ['10.26.0.1', 53] });
  t.deepEqual(withoutTime(t, await list(alone), 300), [
    {
      protocol: 'udp',
      client: { address: '10.26.0.3', port: 5000 },
      virtual: { address: '10.26.0.1', port: 53 },
      destination: { address: 'fd26::2', port: 53 },
      state: 'UDP',
      template: false,
      invalidated: false,
    },
  ]);
  t.is((await list(alone, { synced: true })).length, 1);
  t.deepEqual(await list(director, { client: '10.26.0.0/24' }), []);
});

test.serial(
  'what is wrong with a call is thrown by it, a closed handle by the listing',
  async (t) => {
    const { ipvs } = await makeNamespace(t);
    await ipvs.close();
    t.throws(() => ipvs.connections({ state: 'OPEN' } as object), {
      code: 'ERR_IPVS_INVALID_VALUE',
      message: /^state: expected a state the kernel has: NONE, ESTABLISHED,.* got "OPEN"$/,
    });
    await t.throwsAsync(ipvs.connections().next(), {
      code: 'ERR_IPVS_CLOSED',
      message: /^ERR_IPVS_CLOSED: list-connections: /,
    });
  },
);

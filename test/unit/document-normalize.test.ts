import test from 'ava';
import fc from 'fast-check';
import { normalize, normalizeInSlices, validate } from '#lib/declarative/document/normalize.js';
import { ValidationError } from '#lib/declarative/document/validation-error.js';
import type { Document } from '../../types/document.js';
import { anyDocument, goodDocument } from './_document-arbitraries.js';
import { documentOf, mark, tcp, udp } from './_document-macros.js';

const settings = { scheduler: 'wlc', schedulerFlags: [], onePacket: false };
const web = { ...tcp, ...settings, id: 'tcp/10.9.0.1:80', family: 'ipv4' };
const backend = {
  forward: 'masquerade',
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
};

const becomes = test.macro({
  exec: (t, document: unknown, state: object) =>
    t.deepEqual<unknown, unknown>(normalize(document), {
      version: 1,
      services: [],
      absent: [],
      warnings: [],
      ...state,
    }),
  title: (name = '') => name,
});

test('an empty document is an empty state', becomes, documentOf(), {});

test(
  'every default is filled in',
  becomes,
  documentOf({ ...tcp, destinations: [{ address: '10.2.1.2' }] }),
  {
    services: [
      {
        ...web,
        destinations: [{ ...backend, address: '10.2.1.2', port: 80, id: '10.2.1.2:80' }],
      },
    ],
  },
);

test(
  'every value is in its one spelling',
  becomes,
  documentOf({
    protocol: 'TCP',
    address: 'FD09:0::0:1',
    port: 80,
    scheduler: 'mh',
    schedulerFlags: ['flag-2', 'flag-1'],
    persistence: true,
    name: 'web',
    ensure: 'present',
    ignore: ['weight', 'weight'],
    drain: { deadline: '5m', poll: 50, mode: 'wait' },
    destinations: [{ address: 'FD02::0:2', forward: 'ipip', tunnel: { type: 'gue', port: 6080 } }],
  }),
  {
    services: [
      {
        protocol: 'tcp',
        address: 'fd09::1',
        port: 80,
        scheduler: 'mh',
        schedulerFlags: ['mh-fallback', 'mh-port'],
        persistence: { timeout: 360, netmask: 128 },
        onePacket: false,
        id: 'tcp/[fd09::1]:80',
        family: 'ipv6',
        name: 'web',
        ignore: ['weight'],
        drain: { deadline: 300_000, poll: 50, mode: 'wait' },
        destinations: [
          {
            ...backend,
            address: 'fd02::2',
            port: 80,
            id: '[fd02::2]:80',
            forward: 'tunnel',
            tunnel: { type: 'gue', port: 6080, checksum: 'none' },
          },
        ],
      },
    ],
  },
);

test(
  'a mark service has the family of its mark, and destinations of any port',
  becomes,
  documentOf({ ...mark, destinations: [{ address: '10.2.1.2' }] }),
  {
    services: [
      {
        fwmark: 7,
        family: 'ipv4',
        ...settings,
        id: 'fwmark/7/ipv4',
        destinations: [{ ...backend, address: '10.2.1.2', port: 0, id: '10.2.1.2:0' }],
      },
    ],
  },
);

test('services and destinations are in canonical order', (t) => {
  const { services } = normalize(
    documentOf(
      { fwmark: 10 },
      { fwmark: 2, family: 'ipv6' },
      { fwmark: 9 },
      { ...tcp, address: 'fd09::1' },
      { ...tcp, address: '10.10.0.1' },
      { ...tcp, address: '10.9.0.1', port: 443 },
      { ...udp, address: '10.9.0.1', port: 80 },
      {
        ...tcp,
        destinations: [
          { address: 'fd02::2', forward: 'tunnel' },
          { address: '10.2.1.10' },
          { address: '10.2.1.9', port: 81 },
          { address: '10.2.1.9' },
        ],
      },
    ),
  );
  t.deepEqual<unknown, unknown>(
    services.map(({ id }) => id),
    [
      'tcp/10.9.0.1:80',
      'udp/10.9.0.1:80',
      'tcp/10.9.0.1:443',
      'tcp/10.10.0.1:80',
      'tcp/[fd09::1]:80',
      'fwmark/9/ipv4',
      'fwmark/10/ipv4',
      'fwmark/2/ipv6',
    ],
  );
  t.deepEqual<unknown, unknown>(
    services[0]?.destinations.map(({ id }) => id),
    ['10.2.1.9:80', '10.2.1.9:81', '10.2.1.10:80', '[fd02::2]:80'],
  );
});

test('defaults are for what says nothing itself', (t) => {
  const { services } = normalize({
    version: 1,
    defaults: { scheduler: 'mh', forward: 'dr', weight: 0 },
    services: [
      { ...tcp, schedulerFlags: ['mh-port'], destinations: [{ address: '10.2.1.2' }] },
      { ...udp, scheduler: 'rr', destinations: [{ address: '10.2.1.2', forward: 'm', weight: 1 }] },
    ],
  });
  const [dns, web] = services;
  t.like(dns, { scheduler: 'rr', destinations: [{ forward: 'masquerade', weight: 1 }] });
  t.like(web, {
    scheduler: 'mh',
    schedulerFlags: ['mh-port'],
    destinations: [{ forward: 'direct', weight: 0 }],
  });
});

test('a weight of 0 is not a missing weight', (t) => {
  const [service] = normalize({
    version: 1,
    defaults: { weight: 5 },
    services: [
      { ...tcp, destinations: [{ address: '10.2.1.2', weight: 0 }, { address: '10.2.1.3' }] },
    ],
  }).services;
  t.deepEqual(
    service?.destinations.map(({ weight }) => weight),
    [0, 5],
  );
});

test(
  'services that should not be there are their ids, in canonical order',
  becomes,
  documentOf(
    { ...mark, ensure: 'absent', name: 'old' },
    { ...tcp, port: 0, ensure: 'absent', drain: { deadline: '1h' } },
  ),
  {
    absent: [{ id: 'tcp/10.9.0.1:0', drain: { deadline: 3_600_000 } }, { id: 'fwmark/7/ipv4' }],
  },
);

test(
  'virtual addresses are complete',
  becomes,
  { ...documentOf(), vips: { device: 'ipvs0' } },
  { vips: { device: 'ipvs0', create: true, bind: 'services', own: 'device' } },
);

test(
  'virtual addresses are listed once each and in canonical order',
  becomes,
  {
    ...documentOf(),
    vips: {
      device: 'ipvs0',
      create: false,
      own: 'declared',
      bind: ['fd09::1', '10.10.0.1', 'FD09:0::1', '10.9.0.1', '10.10.0.1'],
    },
  },
  {
    vips: {
      device: 'ipvs0',
      create: false,
      own: 'declared',
      bind: ['10.9.0.1', '10.10.0.1', 'fd09::1'],
    },
  },
);

test('a mapped address to bind is the one inside', (t) => {
  const { vips, warnings } = normalize({
    ...documentOf(),
    vips: { device: 'ipvs0', bind: ['::ffff:10.9.0.1', '10.9.0.1'] },
  });
  t.deepEqual(vips?.bind, ['10.9.0.1']);
  t.is(warnings.length, 1);
});

test(
  'timeouts and sysctls are as they read back, and what is not named is not managed',
  becomes,
  {
    ...documentOf(),
    timeouts: { udp: 300, tcp: 900 },
    sysctls: { sync_threshold: [3, 50], expire_nodest_conn: 1, conntrack: undefined },
  },
  {
    timeouts: { tcp: 900, udp: 300 },
    sysctls: { expire_nodest_conn: 1, sync_threshold: '3 50' },
  },
);

test('sysctls are in the order of their names', (t) => {
  const sysctls = { sync_retries: 1, conntrack: 0, expire_nodest_conn: 1 };
  const { sysctls: desired = {} } = normalize({ ...documentOf(), sysctls });
  t.deepEqual(Object.keys(desired), ['conntrack', 'expire_nodest_conn', 'sync_retries']);
});

test('a document with everything in it', (t) => {
  const document = {
    version: 1,
    defaults: { scheduler: 'wlc', forward: 'masquerade', weight: 1 },
    services: [
      {
        name: 'web',
        address: '10.9.0.1',
        port: 80,
        protocol: 'tcp',
        scheduler: 'mh',
        schedulerFlags: ['mh-fallback'],
        persistence: { timeout: 360, netmask: '255.255.255.0' },
        onePacket: false,
        drain: { mode: 'wait', deadline: '300s' },
        destinations: [
          {
            address: '10.2.1.2',
            port: 8080,
            forward: 'masquerade',
            weight: 1,
            upperThreshold: 0,
            lowerThreshold: 0,
          },
          {
            address: '10.2.1.3',
            forward: 'tunnel',
            tunnel: { type: 'gue', port: 6080, checksum: 'full' },
          },
        ],
      },
      { fwmark: 7, family: 'ipv6', destinations: [] },
      { address: '10.9.0.8', port: 80, protocol: 'tcp', ensure: 'absent' },
    ],
    vips: { device: 'ipvs0', bind: 'services' },
    timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
    sysctls: { expire_nodest_conn: 1, expire_quiescent_template: 1 },
  } satisfies Document;
  t.deepEqual(validate(document), []);
  const { services, absent } = normalize(document);
  t.deepEqual<unknown, unknown>(
    [...services, ...absent].map(({ id }) => id),
    ['tcp/10.9.0.1:80', 'fwmark/7/ipv6', 'tcp/10.9.0.8:80'],
  );
});

test('scheduler none can be allowed', (t) => {
  const none = documentOf({ ...tcp, scheduler: 'none' });
  const byDefault = { version: 1, defaults: { scheduler: 'none' }, services: [tcp] };
  for (const document of [none, byDefault]) {
    t.is(normalize(document, { allowNoScheduler: true }).services[0]?.scheduler, 'none');
    t.deepEqual(validate(document, { allowNoScheduler: true }), []);
    t.throws(() => normalize(document), { instanceOf: ValidationError });
    t.throws(() => normalize(document, { allowNoScheduler: false }), {
      instanceOf: ValidationError,
    });
  }
});

test('an error lists every error, and carries the warnings as well', (t) => {
  const error = t.throws(
    () =>
      normalize({
        services: [
          { ...tcp, port: '80', destinations: [{ address: '10.2.1.2', weight: -1 }] },
          { ...udp, schedulerFlags: ['flag-1'] },
        ],
      }),
    { instanceOf: ValidationError, code: 'ERR_IPVS_INVALID_DOCUMENT', name: 'ValidationError' },
  );
  t.is(
    error.message,
    [
      'the document has 3 errors',
      '  /version: expected 1, got undefined (E_VERSION)',
      '  /services/0/port: expected a whole number from 0 to 65535, got "80" (E_PORT)',
      '  /services/0/destinations/0/weight: expected a whole number from 0 to 2147483647, got -1 (E_WEIGHT)',
    ].join('\n'),
  );
  t.deepEqual(
    error.issues.map(({ code, value }) => [code as string, value]),
    [
      ['E_VERSION', undefined],
      ['E_PORT', '80'],
      ['E_WEIGHT', -1],
      ['W_FLAGS_UNUSED', ['flag-1']],
    ],
  );
});

test('one error is told as one', (t) => {
  t.throws(() => normalize([]), {
    message:
      'the document has 1 error\n  document: expected a document: an object with version and services, got an array (E_SCHEMA)',
  });
});

test('of very many errors the message tells the first thousand', (t) => {
  const error = t.throws(() => normalize(documentOf(...Array(1500).fill(1))), {
    instanceOf: ValidationError,
  });
  const lines = error.message.split('\n');
  t.is(lines.length, 1002);
  t.is(lines.at(-1), '  and 500 more');
  t.is(error.issues.length, 1500);
});

test('a document is left as it was, and the state shares nothing with it that can change', (t) => {
  const document = {
    ...documentOf({ ...tcp, persistence: { timeout: 5 }, destinations: [{ address: '10.2.1.2' }] }),
    vips: { device: 'ipvs0', bind: ['10.9.0.1'] },
    timeouts: { tcp: 9 },
    sysctls: { conntrack: 0 },
  };
  const before = structuredClone(document);
  const state = normalize(document);
  t.deepEqual(document, before);
  const stateBefore = structuredClone(state);
  document.vips.bind.push('10.9.0.2');
  document.timeouts.tcp = 10;
  document.sysctls.conntrack = 1;
  t.deepEqual(state, stateBefore);
});

const shuffled = <Value>(values: readonly Value[]) =>
  fc.shuffledSubarray([...values], { minLength: values.length });

test('the state does not depend on the order of services and destinations', (t) => {
  const both = goodDocument.chain((document) =>
    fc.record({
      document: fc.constant(document),
      services: shuffled(document.services).chain((services) =>
        fc.tuple(
          ...services.map((service) =>
            'destinations' in service && service.destinations !== undefined
              ? shuffled(service.destinations).map((destinations) => ({ ...service, destinations }))
              : fc.constant(service),
          ),
        ),
      ),
    }),
  );
  fc.assert(
    fc.property(both, ({ document, services }) => {
      // A warning says where in the document its reason stands.
      const { warnings: some, ...state } = normalize(document);
      const { warnings: others, ...other } = normalize({ ...document, services });
      t.is(JSON.stringify(other), JSON.stringify(state));
      t.is(others.length, some.length);
    }),
    { numRuns: 300 },
  );
});

test('in slices it is the same', async (t) => {
  await fc.assert(
    fc.asyncProperty(goodDocument, async (document) => {
      t.deepEqual(await normalizeInSlices(document), normalize(document));
    }),
    { numRuns: 50 },
  );
  await t.throwsAsync(normalizeInSlices({ version: 2, services: [] }), {
    instanceOf: ValidationError,
    message: /E_VERSION/,
  });
});

test('a large document in slices lets others have their turns', async (t) => {
  const destinations = Array.from({ length: 40 }, (_, index) => ({ address: `10.2.1.${index}` }));
  const services = Array.from({ length: 2000 }, (_, index) => ({
    ...tcp,
    port: 2000 - index,
    destinations,
  }));
  let turns = 0;
  let counting = setImmediate(function count() {
    turns += 1;
    counting = setImmediate(count);
  });
  const state = await normalizeInSlices(documentOf(...services));
  clearImmediate(counting);
  t.is(state.services.length, 2000);
  t.is(state.services[0]?.destinations.length, 40);
  t.true(turns > 1);
});

test('whatever the document, it is a state or a ValidationError with the issues of validate', (t) => {
  fc.assert(
    fc.property(fc.oneof(anyDocument, fc.anything()), (document) => {
      const issues = validate(document);
      if (issues.some(({ severity }) => severity === 'error')) {
        const error = t.throws(() => normalize(document), { instanceOf: ValidationError });
        t.deepEqual(error.issues, issues);
      } else {
        t.deepEqual(normalize(document).warnings, issues);
      }
      for (const { path } of issues) t.true(path === '' || path.startsWith('/'));
    }),
    { numRuns: 2000 },
  );
});

test('nothing is taken from a prototype, nor given to one', (t) => {
  const hostile = JSON.parse(
    '{"__proto__": {"polluted": 1}, "version": 1, "services": [{"__proto__": {"address": "10.9.0.1"}, "protocol": "tcp", "port": 80, "constructor": {"prototype": {"polluted": 1}}}], "sysctls": {"__proto__": {"polluted": 1}}}',
  );
  t.deepEqual(
    validate(hostile).map(({ code, path }) => [code as string, path]),
    [
      ['E_SCHEMA', '/__proto__'],
      ['E_ADDRESS', '/services/0/address'],
      ['E_SCHEMA', '/services/0/__proto__'],
      ['E_SCHEMA', '/services/0/constructor'],
      ['E_SYSCTL', '/sysctls/__proto__'],
    ],
  );
  t.is(({} as { polluted?: unknown }).polluted, undefined);
  t.deepEqual(
    validate(Object.create({ version: 1, services: [] })).map(({ path }) => path),
    ['/version', '/services'],
  );
});

test('depth and circles do not matter', (t) => {
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth += 1) deep = { drain: deep, services: [deep] };
  t.deepEqual(
    validate({ ...documentOf({ ...tcp, drain: deep, destinations: [deep] }), defaults: deep })
      .length,
    7,
  );
  const circle: Record<string, unknown> = { version: 1 };
  circle['services'] = [circle];
  circle['vips'] = circle;
  t.true(validate(circle).length > 3);
});

import test from 'ava';
import fc from 'fast-check';
import { exportDocument } from '#lib/declarative/document/export-document.js';
import { normalize, validate } from '#lib/declarative/document/normalize.js';
import { InvalidValueError } from '#lib/model/invalid-value-error.js';
import type { ExportOptions, OmittedObject } from '../../types/document.js';
import type { ServiceSnapshot, Snapshot } from '../../types/snapshot.js';
import { goodDocument } from './_document-arbitraries.js';
import { documentOf, mark, tcp, udp } from './_document-macros.js';
import { snapshotOf } from './_snapshot-of.js';

const empty: Snapshot = { services: [], consistent: true };

/** Exports, and says what was left out. */
function exportAll(snapshot: Snapshot, options: ExportOptions = {}) {
  const omitted: OmittedObject[] = [];
  const document = exportDocument(snapshot, {
    ...options,
    onOmitted: (object) => omitted.push(object),
  });
  return { document, omitted };
}

const gives = test.macro({
  exec(t, document: unknown, ...services: readonly object[]) {
    const { document: exported, omitted } = exportAll(snapshotOf(normalize(document)));
    t.deepEqual<unknown, unknown>(exported, { version: 1, services });
    t.deepEqual(omitted, []);
  },
  title: (name = '') => name,
});

test('an empty table is an empty document', gives, documentOf());
test('what is default is left out', gives, documentOf(tcp, mark), tcp, mark);
test(
  'what is default is left out of destinations',
  gives,
  documentOf({ ...tcp, destinations: [{ address: '10.2.1.2', port: 80, weight: 1 }] }),
  { ...tcp, destinations: [{ address: '10.2.1.2' }] },
);
test(
  'what is not default is there',
  gives,
  documentOf({
    ...udp,
    scheduler: 'sh',
    schedulerFlags: ['flag-1'],
    persistence: { timeout: 5, netmask: 24, engine: 'sip' },
    onePacket: true,
    destinations: [
      { address: '10.2.1.3', forward: 'tunnel', tunnel: { type: 'gue', port: 6080 } },
      { address: '10.2.1.2', port: 54, weight: 0, upperThreshold: 9, lowerThreshold: 8 },
      { address: '10.2.1.4', forward: 'tunnel', tunnel: { checksum: 'full' } },
      { address: '10.2.1.5', forward: 'tunnel' },
    ],
  }),
  {
    ...udp,
    scheduler: 'sh',
    schedulerFlags: ['sh-fallback'],
    persistence: { timeout: 5, netmask: '255.255.255.0', engine: 'sip' },
    onePacket: true,
    destinations: [
      { address: '10.2.1.2', port: 54, weight: 0, upperThreshold: 9, lowerThreshold: 8 },
      { address: '10.2.1.3', forward: 'tunnel', tunnel: { type: 'gue', port: 6080 } },
      { address: '10.2.1.4', forward: 'tunnel', tunnel: { type: 'ipip', checksum: 'full' } },
      { address: '10.2.1.5', forward: 'tunnel' },
    ],
  },
);
test(
  'persistence as it is by default is a word',
  gives,
  documentOf({ ...tcp, port: 0, persistence: {} }, { ...mark, family: 'ipv6', persistence: true }),
  { ...tcp, port: 0, persistence: true },
  { ...mark, family: 'ipv6', persistence: true },
);
test(
  'of persistence only what is not default is there',
  gives,
  documentOf({ ...tcp, address: 'fd09::1', persistence: { netmask: 64 } }),
  { ...tcp, address: 'fd09::1', persistence: { netmask: 64 } },
);

test('an exported document asks for what was there, whatever order it was read in', (t) => {
  fc.assert(
    fc.property(goodDocument, (good) => {
      const state = normalize(good);
      const snapshot = snapshotOf(state);
      const { document, omitted } = exportAll(snapshot);
      t.deepEqual(omitted, []);
      t.deepEqual(snapshotOf(normalize(document)), snapshot);

      const services = snapshot.services
        .map((service) => ({ ...service, destinations: service.destinations.toReversed() }))
        .toReversed();
      const reversed = exportDocument({ ...snapshot, services });
      t.is(JSON.stringify(reversed), JSON.stringify(document));
      t.is(
        JSON.stringify(exportDocument(snapshotOf(normalize(document)))),
        JSON.stringify(document),
      );
    }),
    { numRuns: 300 },
  );
});

// What no document can ask for
const [web, marked] = snapshotOf(
  normalize(documentOf({ ...tcp, destinations: [{ address: '10.2.1.2' }] }, mark)),
).services as [ServiceSnapshot, ServiceSnapshot];

const omits = test.macro({
  exec(t, changes: object, id: string, ...reasons: readonly (readonly [string, string])[]) {
    const odd = { ...web, ...changes };
    const snapshot = { ...empty, services: [odd, marked] } as Snapshot;
    const { document, omitted } = exportAll(snapshot);
    t.deepEqual<unknown, unknown>(document.services, [mark]);
    t.deepEqual<unknown, unknown>(
      omitted.map(({ path, service, issues }) => [
        path,
        service,
        issues.map((issue) => [issue.code, issue.path]),
      ]),
      [['/services/0', id, reasons]],
    );
    t.deepEqual<unknown, unknown>(exportDocument(snapshot), document);
  },
  title: (name = '') => `${name} is left out`,
});
const id = 'tcp/10.9.0.1:80';
const withDestination = (changes: object) => ({
  destinations: [{ ...web.destinations[0], ...changes }],
});

test(
  'a protocol that is not balanced',
  omits,
  { protocol: 'protocol-47' },
  'protocol-47/10.9.0.1:80',
  ['E_PROTOCOL', '/services/0/protocol'],
);
test('port 0 without persistence', omits, { port: 0, destinations: [] }, 'tcp/10.9.0.1:0', [
  'E_PORT_ZERO',
  '/services/0/port',
]);
test(
  'a mapped address',
  omits,
  { address: '::ffff:10.9.0.1', family: 'ipv6', destinations: [] },
  'tcp/[::ffff:10.9.0.1]:80',
  ['W_ADDRESS_MAPPED', '/services/0/address'],
);
test('an unspecified address', omits, { address: '0.0.0.0' }, 'tcp/0.0.0.0:80', [
  'E_ADDRESS_KIND',
  '/services/0/address',
]);
test('scheduler none', omits, { scheduler: 'none' }, id, [
  'E_SCHEDULER_NAME',
  '/services/0/scheduler',
]);
test('a mask with holes', omits, { persistence: { timeout: 360, netmask: '255.0.255.0' } }, id, [
  'E_NETMASK',
  '/services/0/persistence/netmask',
]);
test('one-packet TCP', omits, { onePacket: true }, id, ['E_ONE_PACKET', '/services/0/onePacket']);
for (const forward of ['local', 'bypass', 'method-5']) {
  test(
    `a service with a destination of the method ${forward}`,
    omits,
    withDestination({ forward }),
    id,
    ['E_FORWARD', '/services/0/destinations/0/forward'],
  );
}
test(
  'a service with a tunnel that has no name',
  omits,
  withDestination({ forward: 'tunnel', tunnel: { type: 'type-7', checksum: 'none' } }),
  id,
  ['E_TUNNEL', '/services/0/destinations/0/tunnel/type'],
);
test(
  'a service with direct routing to another port',
  omits,
  withDestination({ forward: 'direct', port: 81 }),
  id,
  ['E_DEST_PORT', '/services/0/destinations/0/port'],
);

test('flags that have no word yet do not keep a service out', (t) => {
  const odd = { ...web, unknownFlags: 64 };
  const { document, omitted } = exportAll({ ...empty, services: [odd] } as Snapshot);
  t.deepEqual<unknown, unknown>(document.services, [
    { ...tcp, destinations: [{ address: '10.2.1.2' }] },
  ]);
  t.deepEqual(omitted, []);
});

test('scheduler none can be allowed', (t) => {
  const snapshot = { ...empty, services: [{ ...marked, scheduler: 'none' }] } as Snapshot;
  const { document, omitted } = exportAll(snapshot, { allowNoScheduler: true });
  t.deepEqual<unknown, unknown>(document.services, [{ ...mark, scheduler: 'none' }]);
  t.deepEqual(omitted, []);
});

// Settings
const settings: Snapshot = {
  ...empty,
  timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
  sysctls: { sync_threshold: '3 50', expire_nodest_conn: 1, drop_entry: 7, conntrack: 0 },
  addresses: [
    { device: 'ipvs0', address: 'fd09::1', prefixLength: 128, scope: 'global' },
    { device: 'ipvs0', address: 'fe80::1', prefixLength: 64, scope: 'link' },
    { device: 'lo', address: '127.0.0.1', prefixLength: 8, scope: 'host' },
    { device: 'ipvs0', address: '10.10.0.1', prefixLength: 32, scope: 'global' },
    { device: 'ipvs0', address: '10.9.0.1', prefixLength: 32, scope: 'global' },
    { device: 'ipvs1', address: '10.9.0.2', prefixLength: 24, scope: 'global' },
    { device: 'ipvs1', address: '10.9.0.3', prefixLength: 32, scope: 'global' },
  ],
};

test('settings and addresses are no part of a document unless they are asked for', (t) => {
  t.deepEqual<unknown, unknown>(exportDocument(settings), documentOf());
  t.deepEqual<unknown, unknown>(exportDocument(settings, { timeouts: false }), documentOf());
});

test('timeouts can be asked for', (t) => {
  const { document, omitted } = exportAll(settings, { timeouts: true });
  t.deepEqual<unknown, unknown>(document, { ...documentOf(), timeouts: settings.timeouts });
  t.deepEqual(omitted, []);
  t.deepEqual(normalize(document).timeouts, settings.timeouts);
});

test('timeouts that cannot be set are left out', (t) => {
  const odd = { ...settings, timeouts: { tcp: 0, tcpFin: 120, udp: 300 } };
  const { document, omitted } = exportAll(odd, { timeouts: true });
  t.deepEqual<unknown, unknown>(document, documentOf());
  t.deepEqual(
    omitted.map(({ path, issues }) => [path, issues.map(({ path }) => path)]),
    [['/timeouts', ['/timeouts/tcp']]],
  );
});

test('sysctls can be asked for, all or some', (t) => {
  const some = ['sync_threshold', 'conntrack', 'conntrack', 'of_a_later_kernel', '__proto__'];
  t.deepEqual(exportDocument(settings, { sysctls: some }).sysctls, {
    conntrack: 0,
    sync_threshold: '3 50',
  });
  const { document, omitted } = exportAll(settings, { sysctls: 'all' });
  t.deepEqual(document.sysctls, { conntrack: 0, expire_nodest_conn: 1, sync_threshold: '3 50' });
  t.deepEqual(normalize(document).sysctls, document.sysctls);
  t.deepEqual(
    omitted.map(({ path, issues }) => [path, issues.map(({ path }) => path)]),
    [['/sysctls/drop_entry', ['/sysctls/drop_entry']]],
  );
});

test('the addresses of a device can be asked for', (t) => {
  const { vips } = exportDocument(settings, { vips: 'ipvs0' });
  t.deepEqual(vips, { device: 'ipvs0', create: false, bind: ['10.9.0.1', '10.10.0.1', 'fd09::1'] });
  t.deepEqual(validate({ ...documentOf(), vips }), []);
});

test('addresses of networks on the device are left alone', (t) => {
  t.deepEqual(exportDocument(settings, { vips: 'ipvs1' }).vips, {
    device: 'ipvs1',
    create: false,
    bind: ['10.9.0.3'],
    own: 'declared',
  });
});

test('what is asked for must have been read', (t) => {
  for (const [options, path] of [
    [{ timeouts: true }, 'snapshot.timeouts'],
    [{ sysctls: 'all' }, 'snapshot.sysctls'],
    [{ vips: 'ipvs0' }, 'snapshot.addresses'],
  ] as const) {
    const error = t.throws(() => exportDocument(empty, options), { instanceOf: InvalidValueError });
    t.is(error.path, path);
  }
  t.throws(() => exportDocument(settings, { vips: 'a/b' }), {
    instanceOf: InvalidValueError,
    message: /^options\.vips: expected the name of a network device/,
  });
});

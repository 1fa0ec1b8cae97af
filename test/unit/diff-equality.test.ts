import test from 'ava';
import fc from 'fast-check';
import {
  diff,
  exportDocument,
  normalize,
  type ObservedDestination,
  type ServiceSnapshot,
  type Snapshot,
} from 'ipvs';
import { fingerprintOf } from '#lib/declarative/fingerprint.js';
import { goodDocument } from './_document-arbitraries.js';
import { everything, lines, plan, type Services, web } from './_plan.js';
import { desired, snapshot, snapshotOf } from './_state.js';
import { someServices } from './_state-arbitraries.js';

type Declared = Services[number];

/** What a kernel reports that was asked for a service, but for some words. */
function observed(service: Declared, words: object, destination: object): Snapshot {
  const read = snapshot([service]);
  const services = read.services.map(
    (each) =>
      ({
        ...each,
        ...words,
        destinations: each.destinations.map((one) => ({ ...one, ...destination })),
      }) as ServiceSnapshot,
  );
  return { ...read, services };
}

const equals = test.macro({
  exec(t, service: Declared, words: object, destination: object) {
    const actual = observed(service, words, destination);
    t.deepEqual(lines(diff(desired([service]), actual)), []);
    const [one, other] = [snapshot([service]).services[0], actual.services[0]];
    t.is(fingerprintOf(other as ServiceSnapshot), fingerprintOf(one as ServiceSnapshot));
  },
  title: (name) => name ?? '',
});

const plain = { ...web, destinations: [{ address: '10.2.0.1' }] };
const tunnelled = { ...web, destinations: [{ address: '10.2.0.1', forward: 'tunnel' as const }] };

test(
  'counters do not count',
  equals,
  plain,
  {},
  { activeConnections: 9, persistentConnections: 9 },
);
test('flags without a word do not', equals, plain, { unknownFlags: 0x40 }, {});
test(
  'flags count by their bits',
  equals,
  { ...plain, scheduler: 'mh', schedulerFlags: ['mh-port', 'mh-fallback'] },
  { schedulerFlags: ['flag-2', 'flag-1'] },
  {},
);
test(
  'an engine of no letters is none',
  equals,
  { ...plain, persistence: true },
  { persistence: { timeout: 360, netmask: '255.255.255.255', engine: '' } },
  {},
);
test('a kernel may not tell how it wraps', equals, tunnelled, {}, { tunnel: undefined });
test(
  'or tell of what it does not wrap',
  equals,
  plain,
  {},
  { tunnel: { type: 'gue', port: 1, checksum: 'none' } },
);

const differs = test.macro({
  exec(t, from: Declared, to: Declared, paths: readonly string[]) {
    const { operations } = plan({ before: [from], after: [to] });
    const changed = operations.flatMap(({ fields }) => fields.map(({ path }) => path));
    t.deepEqual(changed, paths as string[]);
    const [one, other] = [snapshot([from]).services[0], snapshot([to]).services[0]];
    t.not(fingerprintOf(other as ServiceSnapshot), fingerprintOf(one as ServiceSnapshot));
  },
  title: (name) => name ?? '',
});

const sticky = { ...plain, persistence: { timeout: 360 } };
const to = (settings: object): Declared => ({
  ...web,
  destinations: [{ address: '10.2.0.1', ...settings }],
});
test('the scheduler', differs, plain, { ...plain, scheduler: 'rr' }, ['scheduler']);
test(
  'a flag',
  differs,
  { ...plain, scheduler: 'mh' },
  { ...plain, scheduler: 'mh', schedulerFlags: ['mh-port'] },
  ['schedulerFlags'],
);
test('persistence', differs, plain, sticky, ['persistence']);
test('its end', differs, sticky, plain, ['persistence']);
test('its time', differs, sticky, { ...plain, persistence: { timeout: 361 } }, ['persistence']);
test('its netmask', differs, sticky, { ...plain, persistence: { timeout: 360, netmask: 24 } }, [
  'persistence',
]);
const dns = { protocol: 'udp', address: '10.9.0.2', port: 53, persistence: true } as const;
test('its engine', differs, dns, { ...dns, persistence: { engine: 'sip' } }, ['persistence']);
test('one packet', differs, { fwmark: 7 }, { fwmark: 7, onePacket: true }, ['onePacket']);
test('a weight', differs, to({}), to({ weight: 2 }), ['weight']);
test('a way to forward', differs, to({}), to({ forward: 'direct' }), ['forward']);
test('an upper threshold', differs, to({}), to({ upperThreshold: 2 }), ['upperThreshold']);
test(
  'a lower threshold',
  differs,
  to({ upperThreshold: 2 }),
  to({ upperThreshold: 2, lowerThreshold: 1 }),
  ['lowerThreshold'],
);
test('a tunnel', differs, tunnelled, to({ forward: 'tunnel', tunnel: { type: 'gre' } }), [
  'tunnel',
]);
test(
  'a port of a tunnel',
  differs,
  to({ forward: 'tunnel', tunnel: { type: 'gue', port: 1 } }),
  to({ forward: 'tunnel', tunnel: { type: 'gue', port: 2 } }),
  ['tunnel'],
);
test(
  'a checksum of a tunnel',
  differs,
  to({ forward: 'tunnel', tunnel: { type: 'gre' } }),
  to({ forward: 'tunnel', tunnel: { type: 'gre', checksum: 'full' } }),
  ['tunnel'],
);

const check = (property: fc.IProperty<never>) =>
  fc.assert(property as never, { numRuns: 200, seed: Number(process.env['IPVS_TEST_SEED'] ?? 1) });

test('fingerprints differ exactly where a plan has something to change', (t) => {
  check(
    fc.property(someServices, someServices, (before, after) => {
      const actual = snapshotOf(desired(before));
      const hashes = new Map(
        actual.services.map((each) => [each.id as string, fingerprintOf(each)]),
      );
      const wanted = snapshotOf(desired(after));
      const { operations } = diff(desired(after), actual);
      const changed = new Set(operations.map(({ service }) => String(service)));
      for (const each of wanted.services) {
        const hash = hashes.get(each.id);
        if (hash !== undefined) t.is(hash !== fingerprintOf(each), changed.has(each.id), each.id);
      }
    }) as never,
  );
});

/** Everything a kernel would have that is as a document asks. */
function readAs(state: ReturnType<typeof normalize>): Snapshot {
  const { vips, sysctls, timeouts } = state;
  const all = state.services.flatMap((each) => ('address' in each ? [each.address] : []));
  const bound = vips === undefined ? [] : vips.bind === 'services' ? [...new Set(all)] : vips.bind;
  return snapshotOf(state, {
    snapshot: {
      timeouts: { tcp: 900, tcpFin: 120, udp: 300, ...timeouts },
      sysctls: sysctls ?? {},
      addresses: bound.map((address) => ({
        device: vips?.device ?? '',
        address,
        prefixLength: address.includes(':') ? 128 : 32,
        scope: 'global',
      })),
      devices: vips === undefined ? {} : { [vips.device]: { name: vips.device, kind: 'dummy' } },
    },
  });
}

test('a kernel that has what a document asks for leaves nothing to do', (t) => {
  check(
    fc.property(goodDocument, (document) => {
      const state = normalize(document as never);
      const { operations } = diff(state, readAs(state), { scope: everything, allowEmpty: true });
      t.deepEqual(operations, []);
    }) as never,
  );
});

test('what is exported leaves nothing to do', (t) => {
  check(
    fc.property(goodDocument, (document) => {
      const actual = readAs(normalize(document as never));
      const exported = exportDocument(actual, {
        timeouts: true,
        sysctls: 'all',
        ...(document.vips === undefined ? {} : { vips: document.vips.device }),
        allowNoScheduler: true,
      });
      const options = { scope: everything, allowEmpty: true } as const;
      const { devices: _devices, ...unseen } = actual;
      for (const snapshot of [actual, unseen]) {
        const { operations, diagnostics } = diff(normalize(exported), snapshot, options);
        t.deepEqual(operations, []);
        t.false(diagnostics.some(({ severity }) => severity === 'error'));
      }
    }) as never,
  );
});

test('the order of what is read does not change its fingerprint', (t) => {
  const read = snapshot([
    { ...web, destinations: [{ address: '10.2.0.1' }, { address: '10.2.0.2' }] },
  ]);
  const [service] = read.services as [ServiceSnapshot];
  const turned: readonly ObservedDestination[] = service.destinations.toReversed();
  t.is(fingerprintOf({ ...service, destinations: turned }), fingerprintOf(service));
});

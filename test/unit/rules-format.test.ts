import test from 'ava';
import fc from 'fast-check';
import {
  documentFromRules,
  exportDocument,
  formatRules,
  normalize,
  parseRules,
  type Snapshot,
} from 'ipvs';
import { goodDocument } from './_document-arbitraries.js';
import { snapshotOf } from './_snapshot-of.js';
import { someServices } from './_state-arbitraries.js';

/** Over IPIP there is no checksum, though the kernel keeps one: no command of ipvsadm can name it. */
function withoutIdleChecksums(snapshot: Snapshot): Snapshot {
  const services = snapshot.services.map((service) => ({
    ...service,
    destinations: service.destinations.map((each) =>
      each.tunnel?.type === 'ipip'
        ? { ...each, tunnel: { type: 'ipip', checksum: 'none' } as const }
        : each,
    ),
  }));
  return { ...snapshot, services };
}

/** The services of a document as they come back through rules, and as they were. */
function roundTrip(document: unknown): [unknown, unknown] {
  const before = normalize(document);
  const snapshot = withoutIdleChecksums(snapshotOf(before));
  const rules = formatRules(snapshot, { timeouts: before.timeouts });
  const after = normalize(documentFromRules(parseRules(rules)));
  const { services, timeouts } = after;
  // Labels and policies are the document's alone.
  const plain = normalize(exportDocument(snapshot));
  return [
    { services, timeouts },
    { services: plain.services, timeouts: before.timeouts },
  ];
}

test('what is written as rules comes back as it was', (t) => {
  fc.assert(
    fc.property(goodDocument, (document) => {
      const [after, before] = roundTrip(document);
      t.deepEqual(after, before);
    }),
    { numRuns: 300 },
  );
});

test('so does what two families, thresholds and hash schedulers have', (t) => {
  fc.assert(
    fc.property(someServices, (services) => {
      const [after, before] = roundTrip({ version: 1, services });
      t.deepEqual(after, before);
    }),
    { numRuns: 300 },
  );
});

test('an empty table has no rules', (t) => {
  const empty: Snapshot = { services: [], consistent: true };
  t.is(formatRules(empty), '');
  t.deepEqual(parseRules(''), []);
});

test('rules are those that ipvsadm writes, and what it forgets', (t) => {
  const state = normalize({
    version: 1,
    services: [
      { fwmark: 4_000_000_000, family: 'ipv6', scheduler: 'mh', schedulerFlags: ['mh-port'] },
      {
        protocol: 'tcp',
        address: '192.0.2.1',
        port: 80,
        scheduler: 'sh',
        schedulerFlags: ['sh-fallback', 'flag-3'],
        persistence: { timeout: 60, netmask: 24 },
        destinations: [
          { address: '10.0.0.2', port: 8080, weight: 3, upperThreshold: 100, lowerThreshold: 50 },
          { address: '10.0.0.1', forward: 'direct', weight: 0 },
          { address: 'fd00::1', forward: 'tunnel' },
          { address: '10.0.0.3', forward: 'tunnel', tunnel: { type: 'gre', checksum: 'full' } },
          {
            address: '10.0.0.4',
            forward: 'tunnel',
            upperThreshold: 7,
            tunnel: { type: 'gue', port: 6080, checksum: 'remote' },
          },
        ],
      },
      {
        protocol: 'udp',
        address: 'fd09::1',
        port: 53,
        onePacket: true,
        persistence: { timeout: 30, netmask: 64, engine: 'sip' },
      },
    ],
  });
  const rules = formatRules(snapshotOf(state), {
    timeouts: { tcp: 900, udp: 300 },
    syncDaemons: [
      { role: 'master', interface: 'eth1', syncId: 5 },
      {
        role: 'backup',
        interface: 'eth1',
        syncId: 0,
        maxLength: 1472,
        group: '224.0.0.81',
        port: 8848,
        ttl: 1,
      },
    ],
  });
  t.is(
    rules,
    `--set 900 0 300
--start-daemon master --mcast-interface eth1 --syncid 5
--start-daemon backup --mcast-interface eth1 --syncid 0 --sync-maxlen 1472 --mcast-group 224.0.0.81 --mcast-port 8848 --mcast-ttl 1
-A -t 192.0.2.1:80 -s sh -p 60 -M 255.255.255.0 -b flag-3,sh-fallback
-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 0
-a -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -w 3 -x 100 -y 50
-a -t 192.0.2.1:80 -r 10.0.0.3:80 -i -w 1 --tun-type gre --tun-csum
-a -t 192.0.2.1:80 -r 10.0.0.4:80 -i -w 1 -x 7 --tun-type gue --tun-port 6080 --tun-remcsum
-a -t 192.0.2.1:80 -r [fd00::1]:80 -i -w 1 --tun-type ipip
-A -u [fd09::1]:53 -s wlc -p 30 -M 64 --pe sip -o
-A -f 4000000000 -6 -s mh -b mh-port
`,
  );
});

test('a service of which no rule can tell is left out, and said to be', (t) => {
  const state = normalize({
    version: 1,
    services: [{ fwmark: 1, destinations: [{ address: '10.0.0.1' }] }, { fwmark: 2 }],
  });
  const { services, ...rest } = snapshotOf(state);
  const local = services.map((service) => ({
    ...service,
    destinations: service.destinations.map((each) => ({ ...each, forward: 'local' as const })),
  }));
  const omitted: unknown[] = [];
  const rules = formatRules(
    { ...rest, services: local },
    { onOmitted: ({ service }) => omitted.push(service) },
  );
  t.is(rules, '-A -f 2 -s wlc\n');
  t.deepEqual(omitted, ['fwmark/1/ipv4']);
});

import test from 'ava';
import fc from 'fast-check';
import {
  type DesiredState,
  diff,
  documentFromRules,
  exportDocument,
  formatRules,
  type Ipvs,
  normalize,
  parseRules,
} from 'ipvs';
import { goodDocument } from '../unit/_document-arbitraries.js';
import { startDebianIpvsadm } from './_debian-ipvsadm.js';
import { makeNamespace } from './_namespace.js';

const everything = {
  version: 1,
  services: [
    {
      protocol: 'tcp',
      address: '192.0.2.1',
      port: 80,
      scheduler: 'wrr',
      destinations: [
        { address: '10.0.0.1', port: 8080, weight: 65535, upperThreshold: 100, lowerThreshold: 50 },
        { address: '10.0.0.2', forward: 'direct', weight: 0 },
        { address: '10.0.0.3', forward: 'tunnel', tunnel: { type: 'gre', checksum: 'full' } },
        { address: 'fd00::1', forward: 'tunnel', upperThreshold: 3 },
        {
          address: '10.0.0.4',
          forward: 'tunnel',
          tunnel: { type: 'gue', port: 6080, checksum: 'remote' },
        },
      ],
    },
    { protocol: 'tcp', address: '10.0.0.9', port: 0, persistence: { timeout: 60, netmask: 24 } },
    { protocol: 'udp', address: '192.0.2.1', port: 53, onePacket: true },
    { protocol: 'sctp', address: '192.0.2.1', port: 9, scheduler: 'fo' },
    {
      protocol: 'tcp',
      address: '2001:db8::1',
      port: 80,
      scheduler: 'sh',
      schedulerFlags: ['sh-fallback', 'flag-3'],
      persistence: { timeout: 2_678_400, netmask: 64 },
      destinations: [{ address: 'fd00::1' }, { address: 'fd00::2', port: 81 }],
    },
    { fwmark: 4_294_967_295, destinations: [{ address: '10.0.0.1', port: 8080 }] },
    { fwmark: 7, family: 'ipv6', scheduler: 'mh', schedulerFlags: ['mh-fallback', 'mh-port'] },
  ],
};

/** A service with what this kernel has, and without the checksum of an IPIP tunnel, which no option can name. */
function withinReach(service: object): object {
  if ('ensure' in service && service.ensure === 'absent') return service;
  const destinations = 'destinations' in service ? (service.destinations as object[]) : [];
  return {
    ...service,
    scheduler: 'wlc',
    schedulerFlags: [],
    persistence: true,
    destinations: destinations.map((each) => ({ ...each, tunnel: undefined })),
  };
}

/** What a table would still have to be given. */
async function missing(ipvs: Ipvs, desired: DesiredState): Promise<unknown> {
  const plan = diff(desired, await ipvs.snapshot(), { scope: { mode: 'exclusive' } });
  return plan.operations;
}

test("Debian's ipvsadm makes what was written as rules", async (t) => {
  const [from, to] = await Promise.all([makeNamespace(t), makeNamespace(t)]);
  for (const { run } of [from, to]) {
    await run(
      'sh',
      '-ec',
      'ip link add sync0 up type dummy; ip address add 10.99.0.1/24 dev sync0',
    );
  }
  await from.ipvs.reconcile(normalize(everything), { scope: { mode: 'exclusive' } });
  await from.ipvs.setTimeouts({ tcp: 100, udp: 7 });
  const snapshot = await from.ipvs.snapshot();
  const rules = formatRules(snapshot, {
    timeouts: snapshot.timeouts,
    syncDaemons: [
      {
        role: 'backup',
        interface: 'sync0',
        syncId: 3,
        maxLength: 2000,
        group: '239.1.2.3',
        port: 9,
        ttl: 2,
      },
    ],
  });
  // With both families among a service's destinations the kernel starts no daemon: it has to be there before them.
  const lines = rules.split('\n').filter((line) => !line.includes('fd00::1]:80 -i'));
  const debian = startDebianIpvsadm(t, to);
  const done = await debian.run(['-R'], lines.join('\n'));
  t.deepEqual(done, { status: 0, stdout: '', stderr: '' });
  const uniform = {
    ...everything,
    services: everything.services.map((each) => ({
      ...each,
      ...(each.destinations === undefined || each.address?.includes(':')
        ? {}
        : { destinations: each.destinations.filter(({ address }) => !address.includes(':')) }),
    })),
  };
  t.deepEqual(await missing(to.ipvs, normalize(uniform)), []);
  t.deepEqual(await to.ipvs.timeouts(), snapshot.timeouts);
  t.like((await to.ipvs.syncDaemons())[0], { role: 'backup', syncId: 3, port: 9, ttl: 2 });
  await to.ipvs.stopSyncDaemon('backup');
  // Without daemons all of it goes.
  const rest = await debian.run(['-R'], `-C\n${formatRules(snapshot)}`);
  t.deepEqual(rest, { status: 0, stdout: '', stderr: '' });
  t.deepEqual(await missing(to.ipvs, normalize(everything)), []);
});

test("what Debian's ipvsadm wrote is read as what there is", async (t) => {
  const { ipvs, ipvsadm } = await makeNamespace(t);
  await ipvs.reconcile(normalize(everything), { scope: { mode: 'exclusive' } });
  const saved = await ipvsadm('-S', '-n');
  const found = documentFromRules(parseRules(saved));
  // It forgets thresholds, and flags that are not its own.
  const expected = exportDocument(await ipvs.snapshot());
  const forgetful = {
    ...expected,
    services: expected.services.map((service) => ({
      ...service,
      ...('schedulerFlags' in service && service.schedulerFlags?.includes('flag-3')
        ? { schedulerFlags: ['sh-fallback'] }
        : {}),
      ...('destinations' in service
        ? {
            destinations: service.destinations?.map(
              ({ upperThreshold: _, lowerThreshold: __, ...rest }) => rest,
            ),
          }
        : {}),
    })),
  };
  t.deepEqual(normalize(found), normalize(forgetful));
});

test('any state goes through rules and the kernel', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  const debian = startDebianIpvsadm(t, namespace);
  for (const { services } of fc.sample(goodDocument, { numRuns: 12, seed: 4 })) {
    const desired = normalize({ version: 1, services: services.map(withinReach) });
    await ipvs.flush();
    t.true((await ipvs.reconcile(desired)).ok);
    const rules = formatRules(await ipvs.snapshot());
    await ipvs.flush();
    t.deepEqual(await debian.run(['-R'], rules), { status: 0, stdout: '', stderr: '' });
    t.deepEqual(await missing(ipvs, desired), []);
  }
});

import test from 'ava';
import type { DestinationSpec, ServiceSpec } from 'ipvs';
import { fill, ids, type MakeSubject, tcp } from './subject.js';

const services: readonly ServiceSpec[] = [
  { fwmark: 7, family: 'ipv6', scheduler: 'sh', schedulerFlags: ['sh-port'] },
  { fwmark: 8 },
  { fwmark: 7, persistence: true },
  { protocol: 'udp', address: '2001:db8::1', port: 80, onePacket: true },
  { protocol: 'sctp', address: '10.0.0.2', port: 80 },
  { protocol: 'udp', address: '10.0.0.2', port: 80 },
  { protocol: 'tcp', address: '10.0.0.2', port: 80 },
  { protocol: 'tcp', address: '10.0.0.2', port: 9 },
  { protocol: 'tcp', address: '9.0.0.1', port: 80, scheduler: 'wrr' },
];

const destinations: readonly DestinationSpec[] = [
  { address: 'fd20::1', port: 80, forward: 'tunnel', tunnel: { type: 'gue', port: 6080 } },
  { address: '10.1.0.2', port: 80, forward: 'tunnel', weight: 3, upperThreshold: 9 },
];

/** Declares the tests of what a backend reads at one time. */
export function declareSnapshots(make: MakeSubject): void {
  test('a snapshot has everything, in canonical order', async (t) => {
    const { backend, hand } = await make(t);
    for (const service of services) {
      const fits = !('port' in service) || service.port === 80;
      await fill(backend, service, ...(fits ? destinations : []));
    }
    await backend.ensureDummy('ipvs0');
    await backend.bindAddress('ipvs0', '10.0.0.2');
    await hand.makeDevice('other', 'bridge');
    const snapshot = await backend.snapshot();
    t.deepEqual(ids(snapshot.services), [
      'tcp/9.0.0.1:80',
      'tcp/10.0.0.2:9',
      'tcp/10.0.0.2:80',
      'udp/10.0.0.2:80',
      'sctp/10.0.0.2:80',
      'udp/[2001:db8::1]:80',
      'fwmark/7/ipv4',
      'fwmark/8/ipv4',
      'fwmark/7/ipv6',
    ]);
    for (const { destinations: listed, ...service } of snapshot.services) {
      t.deepEqual(service, (await backend.getService(service.id)) as typeof service);
      t.deepEqual(listed, await backend.listDestinations(service.id));
    }
    t.true(snapshot.consistent);
    t.deepEqual(snapshot.timeouts, await backend.timeouts());
    t.deepEqual(snapshot.sysctls, await backend.sysctls());
    t.deepEqual(snapshot.addresses, await backend.listAddresses());
    const devices = Object.fromEntries(
      (await backend.listDevices()).map((device) => [device.name, device]),
    );
    t.deepEqual(snapshot.devices, devices);
    // Modules of tunnels bring devices of their own.
    t.like(devices, {
      ipvs0: { name: 'ipvs0', kind: 'dummy' },
      lo: { name: 'lo', kind: '' },
      other: { name: 'other', kind: 'bridge' },
    });
  });

  test('a snapshot leaves out what it is told to leave out', async (t) => {
    const { backend } = await make(t);
    const bare = { services: [], consistent: true };
    t.deepEqual(await backend.snapshot({ settings: false, addresses: false }), bare);
    t.deepEqual(Object.keys(await backend.snapshot({ addresses: false })).sort(), [
      'consistent',
      'services',
      'sysctls',
      'timeouts',
    ]);
    t.deepEqual(Object.keys(await backend.snapshot({ settings: false })).sort(), [
      'addresses',
      'consistent',
      'devices',
      'services',
    ]);
    const wrong = backend.snapshot({ timeouts: true } as object);
    await t.throwsAsync(wrong, { code: 'ERR_IPVS_INVALID_VALUE' });
  });

  test('a snapshot is taken between the calls before and after it', async (t) => {
    const { backend } = await make(t);
    const options = { settings: false, addresses: false };
    const [, before, , after] = await Promise.all([
      backend.addService(tcp),
      backend.snapshot(options),
      backend.removeService(tcp),
      backend.snapshot(options),
    ]);
    t.deepEqual(ids(before.services), ['tcp/192.0.2.1:80']);
    t.deepEqual(after.services, []);
  });
}

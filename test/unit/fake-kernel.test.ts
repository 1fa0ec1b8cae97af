import test from 'ava';
import type { Backend } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';
import { fill, ids, serviceIds, tcp, udp } from '../contract/subject.js';

test('bits of the flags that have no word are read, kept by every call, and told apart', async (t) => {
  const kernel = new FakeKernel();
  await kernel.addService(tcp);
  const [raw] = kernel.raw();
  t.is(raw?.flags, 0x02, 'the mark of the kernel itself is not among them');
  t.is((await kernel.getService(tcp))?.unknownFlags, undefined);
  Object.assign(raw as object, { flags: 0x8000_0102 | 0x10 });
  await kernel.setService({ ...tcp, scheduler: 'sh', schedulerFlags: ['sh-fallback'] });
  t.like(await kernel.getService(tcp), {
    unknownFlags: 0x8000_0100,
    schedulerFlags: ['sh-fallback'],
  });
});

test('a timeout and a netmask that are left over without persistence are not seen', async (t) => {
  const kernel = new FakeKernel();
  await kernel.addService(tcp);
  const before = await kernel.getService(tcp);
  Object.assign(kernel.raw()[0] as object, { timeout: 77, netmask: 0xffff0000 });
  t.deepEqual(await kernel.getService(tcp), before);
  Object.assign(kernel.raw()[0] as object, { flags: 3, netmask: 0xff00ff00 });
  t.deepEqual((await kernel.getService(tcp))?.persistence, {
    timeout: 77,
    netmask: '255.0.255.0',
  });
});

test('what no call can ask for is read as it is', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, '10.1.0.1', '10.1.0.2');
  const { table } = kernel;
  const key = { kind: 'address', protocol: 47, family: 'ipv4', address: '0.0.0.0' } as const;
  const plain = { flags: 0, mask: ~0, timeout: 0, netmask: 0xffffffff, engine: '' };
  table.newService({ ...key, port: 0 }, { ...plain, scheduler: 'none' });
  t.deepEqual(await serviceIds(kernel), ['protocol-47/0.0.0.0:0', 'tcp/192.0.2.1:80']);
  t.is((await kernel.getService('protocol-47/0.0.0.0:0'))?.scheduler, 'none');
  const [raw] = kernel.raw().filter(({ destinations }) => destinations.length > 0);
  Object.assign(raw?.destinations[0] as object, { forward: 5 });
  Object.assign(raw?.destinations[1] as object, { forward: 2, tunnelType: 7, tunnelFlags: 9 });
  const [one, two] = await kernel.listDestinations(tcp);
  t.deepEqual(one?.tunnel, { type: 'type-7', checksum: 'checksum-9' });
  t.is(two?.forward, 'method-5');
  await kernel.updateDestination(tcp, '10.1.0.2', { weight: 3 });
  t.like((await kernel.listDestinations(tcp))[1], { forward: 'method-5', weight: 3 });
  table.flush();
  t.deepEqual(await serviceIds(kernel), []);
});

test('the kernel holds destinations newest first, also one that came back', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, '10.1.0.1', '10.1.0.2', '10.1.0.3');
  const order = () => kernel.raw()[0]?.destinations.map(({ key }) => key.address);
  t.deepEqual(order(), ['10.1.0.3', '10.1.0.2', '10.1.0.1']);
  await kernel.setDestination(tcp, { address: '10.1.0.1', weight: 9 });
  await kernel.removeDestination(tcp, '10.1.0.2');
  await kernel.addDestination(tcp, { address: '10.1.0.2' });
  t.deepEqual(order(), ['10.1.0.2', '10.1.0.3', '10.1.0.1']);
  t.deepEqual(ids(await kernel.listDestinations(tcp)), [
    '10.1.0.1:80',
    '10.1.0.2:80',
    '10.1.0.3:80',
  ]);
});

test('schedulers, engines and sysctls are those that the test wants', async (t) => {
  const kernel = new FakeKernel({
    schedulers: ['wlc', 'own'],
    engines: [],
    sysctls: { est_nice: 0, drop_entry: undefined, expire_nodest_conn: 1 },
  });
  await kernel.addService({ ...tcp, scheduler: 'own' });
  await t.throwsAsync(kernel.addService({ ...udp, scheduler: 'rr' }), { code: 'ENOENT' });
  const engine = { ...udp, persistence: { engine: 'sip' } };
  await t.throwsAsync(kernel.addService(engine), { code: 'ENOENT' });
  await kernel.setSysctl('est_nice', -5);
  const sysctls = await kernel.sysctls();
  t.like(sysctls, { est_nice: -5, expire_nodest_conn: 1 });
  t.false('drop_entry' in sysctls);
  await t.throwsAsync(kernel.setSysctl('drop_entry', 1), { code: 'ENOENT' });
});

test('where memory is never short, what is in force while it is short is not in force', async (t) => {
  const kernel = new FakeKernel();
  await kernel.setSysctl('drop_packet', 2);
  await kernel.setSysctl('drop_entry', 3);
  t.like(await kernel.sysctls(), { drop_packet: 1, drop_entry: 3 });
});

test('devices and addresses of other programs come and go', async (t) => {
  const kernel = new FakeKernel();
  kernel.addDevice('eth0');
  kernel.addAddress('eth0', '10.9.0.1/24');
  kernel.addAddress('eth0', 'fe80::1/64');
  t.deepEqual(await kernel.listAddresses('eth0'), [
    { device: 'eth0', address: '10.9.0.1', prefixLength: 24, scope: 'global' },
    { device: 'eth0', address: 'fe80::1', prefixLength: 64, scope: 'link' },
  ]);
  t.throws(() => kernel.addAddress('eth0', '10.9.0.2'), { name: 'InvalidValueError' });
  kernel.removeAddress('eth0', '10.9.0.1/24');
  kernel.removeDevice('eth0');
  t.is(await kernel.getDevice('eth0'), undefined);
});

test('what is read is a copy', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, '10.1.0.1');
  const backend: Backend = kernel;
  const before = await backend.snapshot();
  await kernel.updateDestination(tcp, '10.1.0.1', { weight: 5 });
  await kernel.setTimeouts({ tcp: 5 });
  await kernel.setSysctl('sync_retries', 1);
  kernel.connect(tcp, { client: '10.5.0.1' });
  t.is(before.services[0]?.destinations[0]?.weight, 1);
  t.is(before.services[0]?.destinations[0]?.stats.connections, 0n);
  t.is(before.timeouts?.tcp, 900);
  t.is(before.sysctls?.['sync_retries'], 0);
});

test('the order of services is by hash, and another with another salt', async (t) => {
  const orderWith = async (salt: number) => {
    const kernel = new FakeKernel({ salt });
    for (let index = 1; index <= 20; index += 1) {
      await kernel.addService({ protocol: 'tcp', address: '10.0.0.1', port: index });
      await kernel.addService({ fwmark: index });
    }
    return kernel.raw().map(({ key }) => (key.kind === 'fwmark' ? -key.fwmark : key.port));
  };
  const [one, other] = [await orderWith(0), await orderWith(7)];
  t.notDeepEqual(one, other);
  t.deepEqual(one.toSorted(), other.toSorted());
  const isMark = (order: readonly number[]) => order.map((each) => each < 0);
  t.deepEqual(isMark(one).indexOf(true), 20, 'marks come last');
});

import test from 'ava';
import { FakeKernel } from 'ipvs/testing';
import { fill, tcp, udp } from '../contract/subject.js';

const minute = 60_000;

/** What a destination has: active, inactive and persistent connections, and the connections it ever had. */
async function counts(kernel: FakeKernel, service: string | object = tcp): Promise<string[]> {
  const listed = await kernel.listDestinations(service as typeof tcp);
  return listed.map(
    ({ address, activeConnections, inactiveConnections, persistentConnections, stats }) =>
      `${address} ${activeConnections} ${inactiveConnections} ${persistentConnections} ${stats.connections}`,
  );
}

/** So many clients connect; answers where each one came to. */
function connect(kernel: FakeKernel, count: number, service: string | object = tcp): string[] {
  return Array.from({ length: count }, (_, index) => {
    const client = `10.5.${index >> 8}.${index & 255}`;
    return String(kernel.connect(service as typeof tcp, { client })?.destination ?? 'refused');
  });
}

const one = '10.1.0.1:80';
const two = '10.1.0.2:80';
const three = '10.1.0.3:80';

test('a connection is active until it is closed, inactive for a time, and then gone', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, { address: '10.1.0.1', forward: 'direct' });
  await kernel.setTimeouts({ tcpFin: 30 });
  const connection = kernel.connect(tcp, { client: '10.5.0.1' });
  t.is(connection?.state, 'open');
  t.deepEqual(await counts(kernel), ['10.1.0.1 1 0 0 1']);
  connection?.close();
  t.is(connection?.state, 'closing');
  t.deepEqual(await counts(kernel), ['10.1.0.1 0 1 0 1']);
  await kernel.clock.advance(29_999);
  t.is(connection?.state, 'closing');
  await kernel.clock.advance(1);
  t.is(connection?.state, 'gone');
  t.deepEqual(await counts(kernel), ['10.1.0.1 0 0 0 1']);
  t.is(connection?.send(), 'reset');
});

test('a masqueraded connection stays for the two minutes that cannot be set', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, '10.1.0.1');
  await kernel.setTimeouts({ tcpFin: 1 });
  const connection = kernel.connect(tcp, { client: '10.5.0.1' });
  connection?.close();
  await kernel.clock.advance(2 * minute - 1);
  t.is(connection?.state, 'closing');
  await kernel.clock.advance(1);
  t.is(connection?.state, 'gone');
});

test('a silent connection is forgotten after its timeout, and each packet begins that anew', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, '10.1.0.1');
  const connection = kernel.connect(tcp, { client: '10.5.0.1' });
  await kernel.clock.advance(14 * minute);
  t.is(connection?.send(100), 'delivered');
  await kernel.clock.advance(14 * minute);
  t.is(connection?.state, 'open');
  await kernel.clock.advance(minute);
  t.is(connection?.state, 'gone');
  const { stats } = (await kernel.listDestinations(tcp))[0] ?? {};
  t.like(stats, { connections: 1n, packetsIn: 2n, bytesIn: 140n });
  t.deepEqual((await kernel.getService(tcp))?.stats, stats);
  t.deepEqual((await kernel.getService(tcp))?.stats.rates.connections, 0);
});

test('a flow of UDP is always inactive, has no end, and is scheduled anew when it was forgotten', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, { ...udp, scheduler: 'rr' }, '10.1.0.1', '10.1.0.2');
  const flow = kernel.connect(udp, { client: '10.5.0.1' });
  t.is(String(flow?.destination), '10.1.0.2:53');
  flow?.close();
  t.deepEqual(await counts(kernel, udp), ['10.1.0.1 0 0 0 0', '10.1.0.2 0 1 0 1']);
  await kernel.clock.advance(5 * minute);
  t.is(flow?.state, 'gone');
  t.is(flow?.send(), 'delivered');
  t.is(String(flow?.destination), '10.1.0.1:53');
});

test('of one packet at a time nothing is remembered', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, { ...udp, scheduler: 'rr', onePacket: true }, '10.1.0.1', '10.1.0.2');
  const flow = kernel.connect(udp, { client: '10.5.0.1' });
  t.is(flow?.state, 'gone');
  t.is(flow?.send(), 'delivered');
  t.deepEqual(await counts(kernel, udp), ['10.1.0.1 0 0 0 1', '10.1.0.2 0 0 0 1']);
});

test('with weight 0 a destination keeps its connections and gets no new ones', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, '10.1.0.1');
  const connection = kernel.connect(tcp, { client: '10.5.0.1' });
  await kernel.updateDestination(tcp, '10.1.0.1', { weight: 0 });
  t.is(connection?.send(), 'delivered');
  t.is(kernel.connect(tcp, { client: '10.5.0.1' }), undefined);
  t.is(kernel.connect('tcp/10.0.0.9:80', { client: '10.5.0.1' }), undefined, 'no service');
  await kernel.updateDestination(tcp, '10.1.0.1', { weight: 1 });
  t.truthy(kernel.connect(tcp, { client: '10.5.0.1' }));
});

test('an overloaded destination is passed over until three quarters are left, or less than the lower threshold', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, { address: '10.1.0.1', upperThreshold: 8 });
  const open = (count: number) =>
    Array.from({ length: count }, () => kernel.connect(tcp, { client: '10.5.0.1' }));
  const connections = open(8);
  t.true(connections.every((each) => each !== undefined));
  t.deepEqual(open(1), [undefined]);
  // Those that are closing count, too.
  connections[0]?.close();
  t.deepEqual(open(1), [undefined]);
  connections[0]?.expire();
  connections[1]?.expire();
  t.deepEqual(open(1), [undefined], 'six of eight are three quarters');
  connections[2]?.expire();
  t.truthy(open(1)[0]);

  await kernel.setDestination(tcp, { address: '10.1.0.1', upperThreshold: 6, lowerThreshold: 4 });
  t.truthy(open(1)[0], 'a lower limit is noticed with the next connection');
  t.deepEqual(open(1), [undefined]);
  for (const each of connections.slice(3, 6)) each?.expire();
  t.deepEqual(open(1), [undefined], 'four are not less than four');
  connections[6]?.expire();
  t.truthy(open(1)[0]);
  await kernel.setDestination(tcp, { address: '10.1.0.1', upperThreshold: 4 });
  open(1);
  t.deepEqual(open(1), [undefined]);
  await kernel.setDestination(tcp, { address: '10.1.0.1', upperThreshold: 9 });
  t.truthy(open(1)[0], 'a higher limit is noticed at once');
});

test('a destination that is added again soon has its connections and counters back', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, '10.1.0.1', '10.1.0.2');
  const connection = kernel.connect(tcp, { client: '10.5.0.1' });
  t.is(String(connection?.destination), two);
  await kernel.removeDestination(tcp, two);
  t.is(connection?.send(), 'dropped');
  t.is(connection?.state, 'open');
  t.is(kernel.trash().length, 1);
  await kernel.addDestination(tcp, { address: '10.1.0.2', weight: 5 });
  t.is(connection?.send(), 'delivered');
  t.deepEqual(await counts(kernel), ['10.1.0.1 0 0 0 0', '10.1.0.2 1 0 0 1']);
  t.deepEqual(kernel.trash(), []);
});

test('when the service was made anew, the connections come back, and the counters do not', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, '10.1.0.1');
  await kernel.addService(udp);
  const connection = kernel.connect(tcp, { client: '10.5.0.1' });
  await kernel.removeService(tcp);
  t.is(connection?.send(), 'dropped');
  await kernel.removeService(udp);
  t.is(connection?.send(), 'reset', 'without any service nobody looks at the packet');
  await fill(kernel, tcp, '10.1.0.1');
  t.is(connection?.send(), 'delivered');
  t.deepEqual(await counts(kernel), ['10.1.0.1 1 0 0 0']);
});

test('a removed destination is remembered while it has connections and two to four minutes more', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, '10.1.0.1', '10.1.0.2');
  const connection = kernel.connect(tcp, { client: '10.5.0.1' });
  await kernel.removeDestination(tcp, one);
  await kernel.removeDestination(tcp, two);
  const remembered = () => kernel.trash().map(({ key }) => key.address);
  t.deepEqual(remembered(), ['10.1.0.2', '10.1.0.1'], 'newest first');
  await kernel.clock.advance(3 * minute - 1);
  t.deepEqual(remembered(), ['10.1.0.2', '10.1.0.1']);
  await kernel.clock.advance(1);
  t.deepEqual(remembered(), ['10.1.0.2'], 'the other has a connection');
  await kernel.clock.advance(9 * minute);
  connection?.expire();
  await kernel.clock.advance(3 * minute);
  t.deepEqual(remembered(), []);
  await kernel.addDestination(tcp, { address: '10.1.0.2' });
  t.deepEqual(await counts(kernel), ['10.1.0.2 0 0 0 0']);
});

test('with expire_nodest_conn the connections of a removed destination are gone in no time', async (t) => {
  const kernel = new FakeKernel({ sysctls: { expire_nodest_conn: 1 } });
  await fill(kernel, tcp, '10.1.0.1', '10.1.0.2');
  const first = kernel.connect(tcp, { client: '10.5.0.1' });
  await kernel.removeDestination(tcp, two);
  await kernel.addDestination(tcp, { address: '10.1.0.2' });
  await kernel.clock.advance(50);
  t.is(first?.send(), 'delivered', 'it came back before the kernel looked');
  await kernel.removeDestination(tcp, two);
  await kernel.clock.advance(50);
  t.is(first?.state, 'gone');
  const second = kernel.connect(tcp, { client: '10.5.0.1' });
  await kernel.removeDestination(tcp, one);
  t.is(second?.send(), 'reset', 'a packet is sooner than that');
});

test('a persistent client stays with its destination, whatever becomes of that', async (t) => {
  const kernel = new FakeKernel();
  const service = { ...tcp, scheduler: 'rr', persistence: { timeout: 60, netmask: 24 } } as const;
  await fill(kernel, service, '10.1.0.1', { address: '10.1.0.2', upperThreshold: 1 });
  const open = (client: string) => String(kernel.connect(tcp, { client })?.destination);
  t.deepEqual([open('10.5.0.1'), open('10.5.0.2'), open('10.5.1.1')], [two, two, one]);
  t.deepEqual(await counts(kernel), ['10.1.0.1 1 0 1 1', '10.1.0.2 2 0 1 2']);
  await kernel.updateDestination(tcp, two, { weight: 0 });
  t.is(open('10.5.0.3'), two, 'a template does not heed the weight');
  await kernel.setSysctl('expire_quiescent_template', 1);
  t.is(open('10.5.0.4'), one, 'unless it is told to');
  t.deepEqual(await counts(kernel), ['10.1.0.1 2 0 2 2', '10.1.0.2 3 0 1 3']);
});

test('a template outlives its time by minutes while it has connections', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, { ...tcp, scheduler: 'rr', persistence: { timeout: 10 } }, '10.1.0.1');
  const connection = kernel.connect(tcp, { client: '10.5.0.1' });
  await kernel.clock.advance(minute);
  t.deepEqual(await counts(kernel), ['10.1.0.1 1 0 1 1']);
  connection?.expire();
  await kernel.clock.advance(minute);
  t.deepEqual(await counts(kernel), ['10.1.0.1 0 0 0 1']);
});

test('the clients of a mark service come to whatever they asked for, and stay together', async (t) => {
  const kernel = new FakeKernel();
  const mark = { fwmark: 7, family: 'ipv6', scheduler: 'rr', persistence: true } as const;
  await fill(kernel, mark, 'fd20::1', 'fd20::2');
  const client = '2001:db8::7';
  const web = kernel.connect(mark, { client, to: { address: '2001:db8:1::1', port: 443 } });
  const dns = kernel.connect(mark, { client, to: { protocol: 'udp', port: 53 } });
  t.deepEqual(web?.virtual, { address: '2001:db8:1::1', port: 443 });
  t.is(web?.destination, dns?.destination);
  t.throws(() => kernel.connect(mark, { client: '10.5.0.1' }), { name: 'InvalidValueError' });
});

test('from the port of a connection that is over a new one is scheduled anew', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, { ...tcp, scheduler: 'rr' }, '10.1.0.1', '10.1.0.2');
  const again = () => kernel.connect(tcp, { client: '10.5.0.1', port: 4000 });
  const first = again();
  t.is(again()?.destination, first?.destination, 'while it is open, it is the same one');
  first?.close();
  t.not(again()?.destination, first?.destination);
  await kernel.setSysctl('conn_reuse_mode', 0);
  const second = again();
  second?.close();
  t.is(again()?.destination, second?.destination);
  t.is(second?.state, 'open');
});

const byWeight = [
  { address: '10.1.0.1', weight: 1 },
  { address: '10.1.0.2', weight: 2 },
  { address: '10.1.0.3', weight: 3 },
];

for (const [scheduler, expected] of [
  ['rr', [three, two, one, three, two, one]],
  ['wrr', [three, two, one, three, three, two]],
  ['lc', [three, two, one, three, two, one]],
  ['wlc', [three, two, one, three, two, three]],
  ['sed', [three, two, three, three, two, one]],
  ['nq', [three, two, one, three, three, two]],
  ['fo', [three, three, three, three, three, three]],
  ['ovf', [three, three, three, three, two, two]],
  ['twos', [three, two, one, three, two, three]],
] as const) {
  test(`${scheduler} chooses by weights and connections`, async (t) => {
    const kernel = new FakeKernel({ schedulers: [scheduler] });
    await fill(kernel, { ...tcp, scheduler }, ...byWeight);
    t.deepEqual(connect(kernel, 6), [...expected]);
  });
}

for (const scheduler of ['sh', 'mh'] as const) {
  test(`${scheduler} sends a client where it went, refuses it there, and elsewhere with the flag`, async (t) => {
    const kernel = new FakeKernel();
    await fill(kernel, { ...tcp, scheduler }, '10.1.0.1', '10.1.0.2', '10.1.0.3');
    const before = connect(kernel, 300);
    t.deepEqual([...new Set(before)].toSorted(), [one, two, three]);
    t.deepEqual(connect(kernel, 300), before);
    await kernel.updateDestination(tcp, two, { weight: 0 });
    const expected = before.map((each) => (each === two ? 'refused' : each));
    t.deepEqual(connect(kernel, 300), expected);
    await kernel.setService({ ...tcp, scheduler, schedulerFlags: ['flag-1'] });
    const after = connect(kernel, 300);
    t.true(after.every((each, index) => before[index] === two || each === before[index]));
    t.false(after.includes('refused') || after.includes(two));
  });
}

test('mh moves few clients when a destination goes, and those of sh are all over the place', async (t) => {
  const moved = async (scheduler: string) => {
    const kernel = new FakeKernel();
    const others = Array.from({ length: 5 }, (_, index) => `10.1.0.${index + 1}`);
    await fill(kernel, { ...tcp, scheduler }, ...others);
    const before = connect(kernel, 1000);
    await kernel.removeDestination(tcp, three);
    const after = connect(kernel, 1000);
    const stayed = before.filter((each) => each !== three).length;
    return before.filter((each, index) => each !== three && each !== after[index]).length / stayed;
  };
  const [mh, sh] = [await moved('mh'), await moved('sh')];
  t.true(mh < 0.05, `mh ${mh}`);
  t.true(sh > 0.4, `sh ${sh}`);
});

test('dh sends everyone to one destination, or refuses them', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, { ...tcp, scheduler: 'dh' }, '10.1.0.1', '10.1.0.2');
  const [first, ...others] = connect(kernel, 20);
  t.true(others.every((each) => each === first));
  await kernel.updateDestination(tcp, first as string, { weight: 0 });
  t.deepEqual([...new Set(connect(kernel, 20))], ['refused']);
});

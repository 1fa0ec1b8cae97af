import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { ObservedDestination, ObservedService, Stats, Transport } from 'ipvs';
import { makeNamespace, type Namespace } from './_namespace.js';

const child = fileURLToPath(new URL('children/_traffic.js', import.meta.url));

/** The kernel takes stock every two seconds. */
async function eventually<Value>(
  read: () => Promise<Value>,
  holds: (value: Value) => boolean,
): Promise<Value> {
  const end = Date.now() + 15_000;
  for (;;) {
    const value = await read();
    if (holds(value) || Date.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

type Addresses = readonly [virtual: string, destination: string, client: string];

const counted = test.macro(async (t, addresses: Addresses, transport: Transport) => {
  const [virtual, destination, client] = addresses;
  const namespace: Namespace = await makeNamespace(t, { transport });
  const { ipvs, run } = namespace;
  const length = virtual.includes(':') ? 128 : 32;
  for (const address of addresses) {
    await run(
      'ip',
      'address',
      'add',
      `${address}/${length}`,
      'dev',
      'lo',
      ...(length === 128 ? ['nodad'] : []),
    );
  }
  const service = { protocol: 'tcp', address: virtual, port: 80, scheduler: 'rr' } as const;
  await ipvs.addService(service);
  await ipvs.addDestination(service, { address: destination, port: 8080 });
  const echoed = await run(process.execPath, child, virtual, destination, client, '5');
  t.is(echoed, '0123456789\n'.repeat(5));

  const observe = async (): Promise<[ObservedService, ObservedDestination]> => [
    (await ipvs.getService(service)) as ObservedService,
    (await ipvs.listDestinations(service))[0] as ObservedDestination,
  ];
  const [seen, backend] = await eventually(observe, ([each]) => each.stats.connections === 5n);
  for (const { stats } of [seen, backend] as const) {
    t.is(stats.connections, 5n);
    // A connection takes at least a handshake, its data and two goodbyes.
    t.true(stats.packetsIn >= 20n && stats.packetsIn < 100n, String(stats.packetsIn));
    t.true(stats.packetsOut >= 15n && stats.packetsOut < 100n, String(stats.packetsOut));
    const header = virtual.includes(':') ? 60n : 40n;
    t.true(stats.bytesIn >= stats.packetsIn * header + 50n, String(stats.bytesIn));
    t.true(stats.bytesOut >= stats.packetsOut * header + 50n, String(stats.bytesOut));
    // The others may be below one a second on a slow machine.
    t.true(stats.rates.bytesIn >= 1);
  }
  t.is(backend.activeConnections + backend.inactiveConnections, 5);
  t.is(backend.persistentConnections, 0);

  await ipvs.zero(service);
  const zeroed = (stats: Stats) => stats.connections === 0n && stats.bytesIn === 0n;
  const [service0, destination0] = await observe();
  t.true(zeroed(service0.stats), 'the service counts from 0 again');
  t.true(zeroed(destination0.stats), 'its destination, too');
  t.is(destination0.activeConnections + destination0.inactiveConnections, 5);

  await run(process.execPath, child, virtual, destination, client, '2');
  const [again] = await eventually(observe, ([each]) => each.stats.connections === 2n);
  t.is(again.stats.connections, 2n);
  await ipvs.zero();
  t.true(zeroed((await observe())[0].stats), 'everything counts from 0 again');
});

const ipv4: Addresses = ['10.9.0.1', '10.9.0.2', '10.9.0.3'];
const ipv6: Addresses = ['fd09::1', 'fd09::2', 'fd09::3'];

test('connections over IPv4 are counted, and zeroed (netlink)', counted, ipv4, 'netlink');
test('connections over IPv4 are counted, and zeroed (sockopt)', counted, ipv4, 'sockopt');
test('connections over IPv6 are counted, and zeroed (netlink)', counted, ipv6, 'netlink');

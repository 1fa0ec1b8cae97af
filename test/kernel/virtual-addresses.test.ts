import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { seenDevices } from './_devices.js';
import { makeNamespace, type Namespace } from './_namespace.js';

const child = (name: string) => fileURLToPath(new URL(`children/_${name}.js`, import.meta.url));

interface Plan {
  readonly virtual: string;
  readonly front: string;
  readonly back: string;
  readonly client: string;
  readonly servers: readonly [string, string];
  readonly length: number;
}

const ipv4: Plan = {
  virtual: '10.9.0.1',
  front: '10.7.0.1',
  back: '10.8.0.1',
  client: '10.7.0.2',
  servers: ['10.8.0.2', '10.8.0.3'],
  length: 24,
};

const ipv6: Plan = {
  virtual: 'fd09::1',
  front: 'fd07::1',
  back: 'fd08::1',
  client: 'fd07::2',
  servers: ['fd08::2', 'fd08::3'],
  length: 64,
};

/** Serves on the addresses of a namespace until the test ends. */
async function serve(t: ExecutionContext, { name }: Namespace, addresses: readonly string[]) {
  const args = ['netns', 'exec', name, process.execPath, child('serve'), ...addresses];
  const server = spawn('ip', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(async () => {
    server.stdin.end();
    if (server.exitCode === null) await once(server, 'exit');
  });
  await once(server.stdout, 'data');
}

/** A client and servers in namespaces of their own, and the director between them, which has no virtual address yet. */
async function makeNetwork(t: ExecutionContext, plan: Plan) {
  const [director, client, back] = [
    await makeNamespace(t),
    await makeNamespace(t),
    await makeNamespace(t),
  ];
  const ipv6 = plan.length === 64;
  const give = (address: string, device: string) =>
    `address add ${address}/${plan.length} dev ${device} ${ipv6 ? 'nodad' : ''}`;
  const cable = (end: string, address: string, other: Namespace) => [
    `link add ${end} type veth peer name eth0 netns ${other.name}`,
    `link set ${end} up`,
    give(address, end),
  ];
  const behind = (addresses: readonly string[], gateway: string) => [
    'link set eth0 up',
    ...addresses.map((address) => give(address, 'eth0')),
    `route add default via ${gateway}`,
  ];
  const batch = ({ run }: Namespace, ...lines: readonly string[]) =>
    run('sh', '-c', `ip -batch - <<END\n${lines.join('\n')}\nEND`);
  await batch(director, ...cable('front', plan.front, client), ...cable('back', plan.back, back));
  await batch(client, ...behind([plan.client], plan.front));
  await batch(back, ...behind(plan.servers, plan.back));
  const forwarding = ipv6 ? 'ipv6/conf/all/forwarding' : 'ipv4/ip_forward';
  await director.run('sh', '-c', `echo 1 >/proc/sys/net/${forwarding}`);
  await serve(t, back, plan.servers);
  const ask = async (address: string, times = 1) =>
    JSON.parse(
      await client.run(process.execPath, child('ask'), address, String(times)),
    ) as string[];
  return { director, client, ask };
}

const service = (address: string) =>
  ({ protocol: 'tcp', address, port: 80, scheduler: 'rr' }) as const;

const balanced = test.macro(async (t, plan: Plan) => {
  const { virtual, servers } = plan;
  const { director, ask } = await makeNetwork(t, plan);
  const { ipvs } = director;
  await ipvs.addService(service(virtual));
  for (const address of servers) {
    await ipvs.addDestination(service(virtual), { address, port: 8080 });
  }
  const [refusal] = await ask(virtual);
  t.regex(String(refusal), /^E(NET|HOST)UNREACH$/, 'what is not local is not balanced');

  await ipvs.ensureDummy('ipvs0');
  await ipvs.bindAddress('ipvs0', virtual);
  const [device] = await seenDevices(director, 'ipvs0');
  t.false(device?.flags.includes('UP'));
  const [first, second] = servers.map((address) => `${address} to ${plan.client}`);
  t.deepEqual((await ask(virtual, 4)).toSorted(), [first, first, second, second]);
  const destinations = await ipvs.listDestinations(service(virtual));
  t.deepEqual(
    destinations.map((each) => each.activeConnections + each.inactiveConnections),
    [2, 2],
  );

  await ipvs.unbindAddress('ipvs0', virtual);
  const [again] = await ask(virtual);
  t.regex(String(again), /^E(NET|HOST)UNREACH$/, 'without the address nothing is balanced');
});

test.serial('connections to an IPv4 address on a dummy that is down are balanced', balanced, ipv4);
test.serial('connections to an IPv6 address on a dummy that is down are balanced', balanced, ipv6);

/** What clients meet at an address of their own network, which they look for among their neighbours. */
const found = test.macro(async (t, plan: Plan, virtual: string, answered: boolean) => {
  const { director, client, ask } = await makeNetwork(t, plan);
  const { ipvs } = director;
  const [address] = plan.servers;
  const answer = `${address} to ${plan.client}`;
  await ipvs.addService(service(virtual));
  await ipvs.addDestination(service(virtual), { address, port: 8080 });
  await ipvs.ensureDummy('ipvs0');
  await ipvs.bindAddress('ipvs0', virtual);
  t.deepEqual(await ask(virtual), [answered ? answer : 'EHOSTUNREACH']);
  await client.run('ip', 'route', 'add', virtual, 'via', plan.front);
  t.deepEqual(await ask(virtual), [answer]);
});

test.serial(
  'neighbours who look for an IPv4 address on a dummy are answered',
  found,
  ipv4,
  '10.7.0.9',
  true,
);
test.serial(
  'neighbours who look for an IPv6 address on a dummy are not, and need a route',
  found,
  ipv6,
  'fd07::9',
  false,
);

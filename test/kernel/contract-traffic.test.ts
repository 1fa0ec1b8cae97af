import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import fc, { type Arbitrary } from 'fast-check';
import type { Backend, Connection } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';
import { Companion } from './_companion.js';
import { makeNamespace, type Namespace } from './_namespace.js';

// Others: scripts/lab --env IPVS_RANDOM_SEED=7 --env IPVS_RANDOM_RUNS=200 node ...
const seed = Number(process.env['IPVS_RANDOM_SEED'] ?? 20250101);
const runs = Number(process.env['IPVS_RANDOM_RUNS'] ?? 6);

const service = { protocol: 'udp', address: '10.9.0.1', port: 53 } as const;
const destinations = ['10.9.1.1', '10.9.1.2', '10.9.1.3', '10.9.1.4'];
const clients = ['10.9.2.1', '10.9.2.2', '10.9.3.1', '10.9.3.2'];

/** To whom the kernel refuses a packet's way it says so. */
const sendProgram = `
import json, socket, sys
for line in sys.stdin:
    packet = json.loads(line)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(tuple(packet['from']))
        try:
            sender.sendto(b'x', tuple(packet['to']))
            print('sent', flush=True)
        except PermissionError:
            print('refused', flush=True)
`;

/** A flow's packet, or a change that has a say in where the next ones go. */
type Step =
  | { readonly send: readonly [client: string, port: number] }
  | { readonly call: 'setService' | 'add' | 'set' | 'remove' | 'setSysctl'; readonly with: object };

const { constantFrom, record } = fc;
const address = constantFrom(...destinations);
const some = <Fields extends Record<string, Arbitrary<unknown>>>(fields: Fields) =>
  record(fields, { requiredKeys: [] });

const destination = fc
  .tuple(
    address,
    some({ weight: constantFrom(0, 1, 1, 2, 3, 6), upperThreshold: constantFrom(0, 2, 4) }),
  )
  .map(([each, settings]) => ({ address: each, ...settings }));

/** `mh` hashes in its own way here, and `lblc` and `lblcr` are not modelled. */
const settings = some({
  scheduler: constantFrom('rr', 'wrr', 'lc', 'wlc', 'sed', 'nq', 'fo', 'ovf', 'sh', 'dh'),
  schedulerFlags: fc.subarray(['flag-1', 'flag-2']),
  persistence: constantFrom(false, false, { timeout: 600 }, { timeout: 600, netmask: 24 }),
});

const call = (name: Extract<Step, { call: string }>['call'], args: Arbitrary<object>) =>
  args.map((values): Step => ({ call: name, with: values }));

const step: Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc
      .tuple(constantFrom(...clients), fc.integer({ min: 1000, max: 1030 }))
      .map((send): Step => ({ send })),
    weight: 30,
  },
  { arbitrary: call('setService', settings), weight: 4 },
  { arbitrary: call('add', destination), weight: 6 },
  { arbitrary: call('set', destination), weight: 4 },
  { arbitrary: call('remove', record({ address })), weight: 2 },
  {
    arbitrary: call('setSysctl', record({ expire_quiescent_template: constantFrom(0, 1) })),
    weight: 1,
  },
);

/** Makes the change; one that the kernel refuses changes nothing, on either side. */
async function change(backend: Backend, made: Exclude<Step, { send: unknown }>): Promise<string> {
  const values = made.with as { address: string };
  const calls = {
    setService: () => backend.setService({ ...service, ...values }),
    add: () => backend.addDestination(service, values),
    set: () => backend.setDestination(service, values),
    remove: () => backend.removeDestination(service, values),
    setSysctl: async () => {
      for (const [name, value] of Object.entries(made.with)) await backend.setSysctl(name, value);
    },
  };
  return calls[made.call]().then(
    () => 'done',
    ({ code }) => code,
  );
}

/** A namespace that has all the addresses, and one who sends packets there. */
async function makeTraffic(
  t: Pick<ExecutionContext, 'teardown'>,
): Promise<{ ipvs: Namespace['ipvs']; send: (client: string, port: number) => Promise<string> }> {
  const namespace = await makeNamespace(t);
  const addresses = [service.address, ...destinations, ...clients];
  await namespace.run(
    'sh',
    '-ec',
    addresses.map((each) => `ip address add ${each}/32 dev lo`).join('\n'),
  );
  const sender = Companion.start(t, namespace, 'python3', '-c', sendProgram);
  const to = [service.address, service.port];
  return {
    ipvs: namespace.ipvs,
    send: (client, port) => sender.ask({ from: [client, port], to }),
  };
}

/** How many flows each destination has, and how many clients' templates. */
async function load(backend: Backend): Promise<string[]> {
  const listed = await backend.listDestinations(service);
  return listed.map(({ id, activeConnections, inactiveConnections, persistentConnections }) => {
    return `${id}: ${activeConnections} ${inactiveConnections} ${persistentConnections}`;
  });
}

test('flows go to the same destinations in the fake kernel and in the real one', async (t) => {
  t.timeout(600_000);
  let sent = 0;
  const property = fc.asyncProperty(
    fc.noBias(fc.array(step, { minLength: 1, maxLength: 160, size: 'max' })),
    async (steps) => {
      const ends: (() => unknown)[] = [];
      try {
        const { ipvs, send } = await makeTraffic({ teardown: (end) => ends.unshift(end) });
        const fake = new FakeKernel();
        for (const backend of [ipvs, fake]) {
          await backend.addService(service);
          for (const each of destinations) await backend.addDestination(service, { address: each });
        }
        for (const [index, made] of steps.entries()) {
          if ('send' in made) {
            const answer = await send(...made.send);
            const [client, port] = made.send;
            const connection = fake.connect(service, { client, port });
            const faked = connection === undefined ? 'refused' : 'sent';
            if (answer !== faked)
              throw new Error(`step ${index}: ${answer}, but ${faked} in the fake`);
            sent += 1;
          } else {
            const [real, faked] = [await change(ipvs, made), await change(fake, made)];
            if (real !== faked) throw new Error(`step ${index}: ${real}, but ${faked} in the fake`);
          }
          const [real, faked] = [await load(ipvs), await load(fake)];
          if (real.join() !== faked.join()) {
            const step = JSON.stringify(made);
            throw new Error(`step ${index}, ${step}:\n${real}\nin the fake\n${faked}`);
          }
        }
      } finally {
        for (const end of ends) await end();
      }
    },
  );
  await fc.assert(property, { seed, numRuns: runs });
  t.log(`${sent} packets in ${runs} namespaces, seed ${seed}`);
  t.true(sent > 0);
});

test('a masqueraded connection that is over is remembered for two minutes, whatever tcpFin says', async (t) => {
  const { ipvs, run } = await makeNamespace(t);
  const [virtual, destination, client] = ['10.9.0.1', '10.9.1.1', '10.9.2.1'];
  for (const each of [virtual, destination, client]) {
    await run('ip', 'address', 'add', `${each}/32`, 'dev', 'lo');
  }
  await ipvs.setTimeouts({ tcpFin: 7 });
  const web = { protocol: 'tcp', address: virtual, port: 80 } as const;
  await ipvs.addService(web);
  await ipvs.addDestination(web, { address: destination, port: 8080 });
  const child = fileURLToPath(new URL('children/_traffic.js', import.meta.url));
  await run(process.execPath, child, virtual, destination, client, '1');
  const connections: Connection[] = [];
  for await (const each of ipvs.connections()) connections.push(each);
  t.is(connections.length, 1);
  t.is(connections[0]?.state, 'TIME_WAIT');
  t.true((connections[0]?.expires ?? 0) > 60);
  t.like((await ipvs.listDestinations(web))[0], { activeConnections: 0, inactiveConnections: 1 });
});

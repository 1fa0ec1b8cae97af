import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { ExecutionContext } from 'ava';
import { parseServiceId } from '#lib/model/service-id.js';
import type { EndpointSlice, Service } from '../../examples/kubernetes/objects.js';
import { Companion } from './_companion.js';
import { makeNamespace, type Namespace } from './_namespace.js';

/** A client's call of a service. */
export interface Call {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly times?: number;
}

/** A node of a cluster: servers at the addresses of endpoints, clients, and the program that is tested. */
export interface Node extends Namespace {
  /** Says what the cluster has; whole objects, or the text of a file. */
  write(objects: readonly object[] | string): Promise<void>;
  /** Waits until the services and destinations are those, each with its weight, and their addresses are bound. */
  becomes(t: ExecutionContext, expected: Readonly<Record<string, string>>): Promise<void>;
  /** `ask`, `hold` and `askByUdp` answer with the address of the endpoint, or with an error, for each time. */
  ask(command: 'ask' | 'hold' | 'askByUdp', call: Call): Promise<string[]>;
  talk(): Promise<string[]>;
  close(): Promise<void>;
  /** What the program has written to standard error. */
  errors(): string;
  /** Stops the program; answers with its status. */
  stop(): Promise<number | null>;
}

export const node = {
  name: 'worker-1',
  ipv4: '10.9.0.1',
  ipv6: 'fd09::1',
  clients: ['10.9.0.3', '10.9.0.4', '10.9.0.5', '10.9.0.6'],
  client6: 'fd09::3',
  endpoints: ['10.9.1.1', '10.9.1.2'],
  endpoints6: ['fd09:1::1', 'fd09:1::2'],
} as const;

const program = fileURLToPath(new URL('../../examples/kubernetes/main.js', import.meta.url));

export async function makeNode(t: ExecutionContext, objects: readonly object[]): Promise<Node> {
  const namespace = await makeNamespace(t);
  await bindAddresses(namespace);
  const folder = await mkdtemp(join(tmpdir(), 'cluster-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, 'cluster.json');
  const write = async (content: readonly object[] | string) => {
    const list = { apiVersion: 'v1', kind: 'List', items: content };
    await writeFile(`${file}.new`, typeof content === 'string' ? content : JSON.stringify(list));
    await rename(`${file}.new`, file);
  };
  await write(objects);

  const companion = Companion.startChild(t, namespace, 'endpoints', ...node.endpoints);
  await companion.answer();
  const command = async (...words: readonly unknown[]) => JSON.parse(await companion.ask(words));
  const child = startProgram(namespace, file);
  let errors = '';
  child.stderr?.on('data', (data) => {
    errors += data;
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    const [status] = await ended;
    return status as number | null;
  };
  t.teardown(stop);
  return {
    ...namespace,
    write,
    becomes: async (t, expected) => {
      const seen = await settled(
        () => weights(namespace),
        (now) => isDeepStrictEqual(now, expected),
      );
      t.deepEqual(seen, expected, errors);
      // An address is bound when its services are there, and answers from then on.
      const missing = await settled(
        () => unboundAddresses(namespace, Object.keys(expected)),
        (addresses) => addresses.length === 0,
      );
      t.deepEqual(missing, [], errors);
    },
    ask: command,
    talk: () => command('talk'),
    close: () => command('close'),
    errors: () => errors,
    stop,
  };
}

/** The addresses of services that no device of the node has. */
async function unboundAddresses(
  { ipvs }: Namespace,
  services: readonly string[],
): Promise<string[]> {
  const bound = new Set((await ipvs.listAddresses()).map(({ address }) => address));
  return services
    .map((id) => parseServiceId(id))
    .flatMap((key) => (key.kind === 'address' ? key.address : []))
    .filter((address) => !bound.has(address));
}

/** Reads until it holds, for at most a minute: programs start slowly in a guest. */
export async function settled<Value>(
  read: () => Promise<Value>,
  holds: (value: Value) => boolean,
): Promise<Value> {
  const end = Date.now() + 60_000;
  for (;;) {
    const value = await read();
    if (holds(value) || Date.now() > end) return value;
    await sleep(100);
  }
}

/** A Service `default/NAME` of one port. */
export function makeService(name: string, spec: Service['spec'], status = {}): object {
  const metadata = { namespace: 'default', name };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec, status };
}

/** Its endpoints, which answer at port 8080. */
export function makeSlice(
  name: string,
  addressType: 'IPv4' | 'IPv6',
  endpoints: NonNullable<EndpointSlice['endpoints']>,
  ports: EndpointSlice['ports'] = [{ name: 'http', protocol: 'TCP', port: 8080 }],
): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: 'default',
      name: `${name}-${addressType.toLowerCase()}`,
      labels: { 'kubernetes.io/service-name': name },
    },
    addressType,
    endpoints,
    ports,
  };
}

function startProgram(namespace: Namespace, file: string): ChildProcess {
  const options = [
    '--node-address',
    node.ipv4,
    '--node-address',
    node.ipv6,
    '--node-name',
    node.name,
  ];
  const inside = ['netns', 'exec', namespace.name, process.execPath, program, file, ...options];
  return spawn('ip', inside, { stdio: ['ignore', 'ignore', 'pipe'] });
}

async function bindAddresses({ run }: Namespace): Promise<void> {
  const ipv4 = [node.ipv4, ...node.clients, ...node.endpoints];
  const ipv6 = [node.ipv6, node.client6, ...node.endpoints6];
  await run(
    'sh',
    '-ec',
    [
      ...ipv4.map((address) => `ip address add ${address}/32 dev lo`),
      ...ipv6.map((address) => `ip address add ${address}/128 dev lo nodad`),
    ].join('\n'),
  );
}

/** `address:port*weight` of every destination, by service, in canonical order. */
async function weights({ ipvs }: Namespace): Promise<Record<string, string>> {
  const { services } = await ipvs.snapshot({ settings: false, addresses: false });
  return Object.fromEntries(
    services.map(({ id, destinations }) => [
      id,
      destinations.map((each) => `${each.id}*${each.weight}`).join(' '),
    ]),
  );
}

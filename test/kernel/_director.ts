import type { ExecutionContext } from 'ava';
import type { Connection, ConnectionFilter } from 'ipvs';
import { Companion } from './_companion.js';
import { largeTable } from './_large-table.js';
import { makeNamespace, type Namespace } from './_namespace.js';
import type { SyncedConnection } from './_sync-messages.js';

/** A UDP packet from an address and a port to others. */
export interface Packet {
  readonly from: readonly [string, number];
  readonly to: readonly [string, number];
  readonly data?: string;
  /** The firewall mark it carries, up to 0x7fffffff. */
  readonly mark?: number;
}

/** A namespace that gets whatever connections a test wants it to have. */
export interface Director extends Namespace {
  /** Sends packets from addresses of the namespace; nobody needs to receive them. */
  send(...packets: readonly Packet[]): Promise<void>;
  /** Has another director tell of connections, and waits until a listing with the filter has as many. */
  tell(filter: ConnectionFilter, ...connections: readonly SyncedConnection[]): Promise<void>;
  /** Makes the first so many connections of the large table. */
  tellLargeTable(count: number): Promise<void>;
}

const syncAddress = '10.99.0.1';

/** Node has no way to set a mark. */
const sendProgram = `
import json, socket, sys
for line in sys.stdin:
    for packet in json.loads(line):
        family = socket.AF_INET6 if ':' in packet['from'][0] else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.SOL_SOCKET, 36, packet.get('mark', 0)) # SO_MARK
            sender.bind(tuple(packet['from']))
            sender.sendto(packet.get('data', 'x').encode('latin1'), tuple(packet['to']))
    print('sent', flush=True)
`;

/** Makes a director whose loopback has the given addresses; as a backup it also takes what other directors tell. */
export async function makeDirector(
  t: Pick<ExecutionContext, 'teardown'>,
  { addresses = [] as readonly string[], backup = true } = {},
): Promise<Director> {
  const namespace = await makeNamespace(t);
  const { ipvs, run } = namespace;
  const commands = addresses.map((address) =>
    address.includes(':')
      ? `ip address add ${address}/128 dev lo nodad`
      : `ip address add ${address}/32 dev lo`,
  );
  if (backup) {
    commands.push(
      'ip link add sync0 up mtu 65000 type dummy',
      `ip address add ${syncAddress}/24 dev sync0`,
      'ipvsadm --start-daemon backup --mcast-interface sync0',
    );
  }
  await run('sh', '-ec', commands.join('\n'));

  let packets: Companion | undefined;
  let messages: Companion | undefined;
  const tell = (question: unknown) => {
    messages ??= Companion.startChild(t, namespace, 'sync', syncAddress);
    return messages.ask(question);
  };
  return {
    ...namespace,
    async send(...sent) {
      packets ??= Companion.start(t, namespace, 'python3', '-c', sendProgram);
      await packets.ask(sent);
    },
    async tell(filter, ...connections) {
      // A datagram can be lost; whoever is told twice has it once.
      const taken = async () => (await list(namespace, filter)).length >= connections.length;
      for (let times = 0; times < 15; times += 1) {
        await tell({ connections });
        if (await within(2000, taken)) return;
      }
      throw new Error('the kernel did not take it all');
    },
    async tellLargeTable(count) {
      // The connections that the kernel has are counted where they go.
      const service = { protocol: 'tcp', address: largeTable.virtual[0], port: 80 } as const;
      await ipvs.addService(service);
      const [destination, port] = largeTable.destination;
      await ipvs.addDestination(service, { address: destination, port });
      const counted = async () => (await ipvs.listDestinations(service))[0]?.activeConnections;
      // As many at a time as the daemon's socket can hold; what it had no room for is told again.
      const step = 2000;
      for (let from = 0; from < count; from += step) {
        const to = Math.min(from + step, count);
        const taken = async () => (await counted()) === to;
        do await tell({ from, to });
        while (!(await within(2000, taken)));
      }
    },
  };
}

/** Whether it comes to hold within so many milliseconds. */
async function within(limit: number, holds: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + limit;
  while (!(await holds())) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return true;
}

/** What a listing has, ordered by protocol, client and what else there is. */
export async function list(
  { ipvs }: Pick<Namespace, 'ipvs'>,
  filter?: ConnectionFilter,
): Promise<Connection[]> {
  const connections: Connection[] = [];
  for await (const connection of ipvs.connections(filter)) connections.push(connection);
  const key = (connection: Connection) => JSON.stringify({ ...connection, expires: 0 });
  return connections.sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

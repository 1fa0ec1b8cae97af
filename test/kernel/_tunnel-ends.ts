import type { Server } from '../../demo/servers.js';
import { addressOf } from './_passage.js';
import { sharedRead } from './_shared-read.js';
import type { Topology } from './_topology.js';
import { guePort, matchOf, type Wrapping, wrappings } from './_wrapping.js';

type Type = Wrapping['type'];
const allTypes = ['ipip', 'gue', 'gre'] as const;

/** An action of a filter, as `tc` tells it. */
interface Action {
  readonly index: number;
  readonly stats: { readonly packets: number };
}

/** The servers' ends of the tunnels, and a count of what arrives wrapped. */
export class TunnelEnds {
  /** What the kernel cannot unwrap, and what it said. */
  readonly missing: ReadonlyMap<Type, string>;
  readonly #actions: ReadonlyMap<Server, () => Promise<Action[]>>;

  private constructor(topology: Topology, missing: ReadonlyMap<Type, string>) {
    this.missing = missing;
    this.#actions = new Map(
      topology.servers.map((server) => [server, sharedRead(() => readActions(topology, server))]),
    );
  }

  static async create(topology: Topology, types: readonly Type[] = allTypes): Promise<TunnelEnds> {
    const missing = new Map<Type, string>();
    for (const server of topology.servers) {
      for (const type of types) {
        await ends[type](topology, server).catch((error: unknown) => {
          missing.set(type, String(error));
        });
      }
      await topology.tc(server, ['qdisc add dev eth0 ingress', ...wrappings.map(counter)]);
    }
    return new TunnelEnds(topology, missing);
  }

  /** How many packets have arrived at a server in a wrapping. */
  async count(server: Server, wrapping: Wrapping): Promise<number> {
    const actions = await this.#actions.get(server)?.();
    const index = indexOf(wrapping);
    return actions?.find((action) => action.index === index)?.stats.packets ?? 0;
  }
}

/** The servers that unwrap it. One end of a GRE tunnel takes packets with a checksum, or those without. */
export function unwrappers({ type, checksum }: Wrapping): Server[] {
  if (type !== 'gre') return ['A', 'B'];
  return checksum === 'none' ? ['A'] : ['B'];
}

const ends: Readonly<Record<Type, (topology: Topology, server: Server) => Promise<void>>> = {
  ipip: (topology, server) =>
    topology.ip(server, [
      'link set tunl0 up',
      'link set sit0 up',
      `link add any6 type ip6tnl mode any ${betweenDirectorAnd(server, 'ipv6')}`,
      'link set any6 up',
    ]),
  async gue(topology, server) {
    await topology.ip(server, [`fou add port ${guePort} gue`]);
    await topology.ip(server, [`fou add port ${guePort} gue`], '-6');
  },
  gre: (topology, server) => {
    const checksum = unwrappers(greWithChecksum).includes(server) ? ' csum' : '';
    return topology.ip(server, [
      `link add gre4 type gre ${betweenDirectorAnd(server, 'ipv4')}${checksum}`,
      `link add gre6 type ip6gre ${betweenDirectorAnd(server, 'ipv6')}${checksum}`,
      'link set gre4 up',
      'link set gre6 up',
    ]);
  },
};

const greWithChecksum = { type: 'gre', checksum: 'full', inner: 'ipv4', outer: 'ipv4' } as const;

function betweenDirectorAnd(server: Server, family: Wrapping['outer']): string {
  return `local ${addressOf(server, family)} remote ${addressOf('director', family)}`;
}

/** A filter that lets packets in a wrapping pass, and counts them under its number. */
function counter(wrapping: Wrapping): string {
  const index = indexOf(wrapping);
  const protocol = wrapping.outer === 'ipv4' ? 'ip' : 'ipv6';
  const filter = `filter add dev eth0 parent ffff: protocol ${protocol} prio ${index}`;
  return `${filter} u32 ${matchOf(wrapping)} action gact pass index ${index}`;
}

function indexOf(wrapping: Wrapping): number {
  return wrappings.indexOf(wrapping) + 1;
}

async function readActions(topology: Topology, server: Server): Promise<Action[]> {
  const text = await topology.run(server, 'tc', '-s', '-j', 'actions', 'list', 'action', 'gact');
  // It comes in pieces, each after its length.
  const pieces = JSON.parse(text) as { actions?: Action[] }[];
  return pieces.flatMap(({ actions = [] }) => actions);
}

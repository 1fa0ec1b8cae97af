import { type Connection, Ipvs, type ObservedService } from 'ipvs';
import { Program } from '../../demo/program.js';
import { servers as allServers, type Server } from '../../demo/servers.js';
import { list } from './_director.js';
import type { HostRole } from './_host-role.js';
import { sharedRead } from './_shared-read.js';
import { type Machine, Topology } from './_topology.js';

/** A program on a machine, which serves and calls others. */
export type Host = Pick<Program<HostRole>, 'ask' | 'ready' | 'kill'>;

/** Who takes part. A program takes half a second to start. */
export interface Cast {
  /** Default: all three. */
  readonly servers?: readonly Server[];
  /** Whether a program runs on the director, too. Default false. */
  readonly director?: boolean;
  /** Starts a program in a namespace. Default: one that speaks TCP and UDP. */
  readonly start?: (namespace: string, name: string) => Host;
}

/** A network with a program on each machine, and the director's IPVS open. */
export class Traffic implements AsyncDisposable {
  readonly topology: Topology;
  readonly ipvs: Ipvs;
  /** What the director's kernel lists as connections. */
  readonly entries: () => Promise<Connection[]>;
  /** The services of the director. */
  readonly services: () => Promise<ObservedService[]>;
  readonly #hosts: ReadonlyMap<Machine, Host>;
  #lastPort = 1000;

  private constructor(topology: Topology, ipvs: Ipvs, hosts: ReadonlyMap<Machine, Host>) {
    this.topology = topology;
    this.ipvs = ipvs;
    this.#hosts = hosts;
    this.entries = sharedRead(() => readEntries(ipvs));
    this.services = sharedRead(() => ipvs.listServices());
  }

  static async open(cast: Cast = {}): Promise<Traffic> {
    const { servers = allServers, director = false, start = startProgram } = cast;
    const topology = await Topology.create(servers);
    const ipvs = await openDirector(topology);
    const machines: Machine[] = ['client', ...servers, ...(director ? ['director' as const] : [])];
    const hosts = machines.map(
      (machine) => [machine, start(topology.namespace(machine), machine)] as const,
    );
    const traffic = new Traffic(topology, ipvs, new Map(hosts));
    try {
      await Promise.all(hosts.map(([, host]) => host.ready()));
    } catch (error) {
      await traffic.close();
      throw error;
    }
    return traffic;
  }

  /** The program on a machine. */
  host(machine: Machine): Host {
    const host = this.#hosts.get(machine);
    if (host === undefined) throw new Error(`no program runs on ${machine}`);
    return host;
  }

  /** A port that no other case uses. */
  nextPort(): number {
    this.#lastPort += 1;
    return this.#lastPort;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#hosts.values()].map((host) => host.kill()));
    await this.ipvs.close();
    // A destination that is the director's own IPv6 address, directly routed, keeps its route, also while it is only
    // remembered, and the route keeps the address's device: the kernel would wait for itself to let go of it (seen on 6.12
    // and 7.2). It does when the loopback, over which such a route leads, goes down.
    await this.topology.ip('director', ['link set lo down']);
    await this.topology.remove();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function openDirector(topology: Topology): Promise<Ipvs> {
  try {
    return await Ipvs.open({ netns: topology.namespace('director'), timeout: 60_000 });
  } catch (error) {
    await topology.remove();
    throw error;
  }
}

/**
 * What two walks of the kernel through its table find: one can bring an entry twice while others come, and miss one while
 * others go.
 */
async function readEntries(ipvs: Ipvs): Promise<Connection[]> {
  const found = [...(await list({ ipvs })), ...(await list({ ipvs }))];
  const key = ({ protocol, client, virtual, engine }: Connection) =>
    JSON.stringify([protocol, client, virtual, engine]);
  return [...new Map(found.map((entry) => [key(entry), entry])).values()];
}

const file = new URL('children/_host.js', import.meta.url).href;

function startProgram(namespace: string, name: string): Host {
  return new Program<HostRole>(file, namespace, [name], new AbortController().signal);
}

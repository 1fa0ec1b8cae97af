import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { ipv4, ipv6 } from '../../demo/addresses.js';
import { servers as allServers, type Server } from '../../demo/servers.js';
import { batch } from './_ip.js';

const execute = promisify(execFile);

/** Whoever has a network namespace of its own. */
export type Machine = 'client' | 'director' | Server;

/** Further addresses of the client, so that it can be several: two neighbours, and one that lives elsewhere. */
export const otherClients = {
  ipv4: ['10.9.0.101', '10.9.0.201'],
  ipv6: ['fd09::102', 'fd09::202'],
} as const;

/** The servers on the client's side, where the answers of direct routing and of tunnels leave. */
const frontAddresses = {
  A: ['10.9.0.11/32', 'fd09::11/128'],
  B: ['10.9.0.12/32', 'fd09::12/128'],
  C: ['10.9.0.13/32', 'fd09::13/128'],
} as const satisfies Record<Server, readonly [string, string]>;

/** The routing table of what a server sends from the virtual address. */
const returnTable = 100;

/**
 * A client, a director and real servers, in network namespaces of their own. Masqueraded answers take their default
 * route back through the director; answers from the virtual address, which each server has on its loopback, go past it.
 *
 *     client eth0 ──── front director back ──── eth0 A, B, C
 *                        └────────────────────── eth1 A, B, C
 */
export class Topology implements AsyncDisposable {
  readonly servers: readonly Server[];
  readonly #prefix = `traffic-${randomBytes(4).toString('hex')}-`;

  private constructor(servers: readonly Server[]) {
    this.servers = servers;
  }

  static async create(servers: readonly Server[] = allServers): Promise<Topology> {
    const topology = new Topology(servers);
    try {
      await topology.#create();
    } catch (error) {
      await topology.remove();
      throw error;
    }
    return topology;
  }

  get machines(): readonly Machine[] {
    return ['client', 'director', ...this.servers];
  }

  /** The name of a machine's namespace. */
  namespace(machine: Machine): string {
    return `${this.#prefix}${machine}`;
  }

  /** Runs `ip` in a machine's namespace, once for all the commands. */
  async ip(machine: Machine, commands: readonly string[], ...options: string[]): Promise<void> {
    await batch('ip', ['-n', this.namespace(machine), ...options], commands);
  }

  /** Runs `tc` in a machine's namespace, once for all the commands. */
  async tc(machine: Machine, commands: readonly string[]): Promise<void> {
    await batch('tc', ['-n', this.namespace(machine)], commands);
  }

  /** Runs a program on a machine and returns what it printed. */
  async run(machine: Machine, command: string, ...args: readonly string[]): Promise<string> {
    const inside = ['netns', 'exec', this.namespace(machine), command, ...args];
    return (await execute('ip', inside)).stdout;
  }

  /** Removes the namespaces, and with them all that was made in them. */
  async remove(): Promise<void> {
    const { stdout } = await execute('ip', ['netns', 'list']);
    const names = stdout.split('\n').map((line) => line.split(' ')[0] ?? '');
    const made = names.filter((name) => name.startsWith(this.#prefix));
    await batch(
      'ip',
      [],
      made.map((name) => `netns delete ${name}`),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }

  async #create(): Promise<void> {
    await batch(
      'ip',
      [],
      this.machines.map((machine) => `netns add ${this.namespace(machine)}`),
    );
    // What comes later inherits it.
    await Promise.all(this.machines.map((machine) => this.#configure(machine)));
    await this.ip('director', this.#directorCommands());
    await this.ip('client', clientCommands());
    await Promise.all(this.servers.map((server) => this.#connect(server)));
  }

  async #configure(machine: Machine): Promise<void> {
    const forwarding = machine === 'director' ? 1 : 0;
    const script = `
      cd /proc/sys/net
      for file in ipv4/conf/*/rp_filter ipv6/conf/*/accept_dad; do echo 0 >$file; done
      echo 1 >ipv4/conf/all/arp_ignore
      echo 2 >ipv4/conf/all/arp_announce
      echo ${forwarding} >ipv4/ip_forward
      echo ${forwarding} >ipv6/conf/all/forwarding
    `;
    await this.run(machine, 'sh', '-ec', script);
  }

  #directorCommands(): string[] {
    const cable = (side: string, near: string, machine: Machine, far: string) => [
      `link add ${near} master ${side} type veth peer name ${far} netns ${this.namespace(machine)}`,
      `link set ${near} up`,
    ];
    return [
      'link set lo up',
      ...['front', 'back'].flatMap((side) => [
        `link add ${side} type bridge`,
        `link set ${side} up`,
      ]),
      ...cable('front', 'to-client', 'client', 'eth0'),
      ...this.servers.flatMap((server) => [
        ...cable('back', `back-${server}`, server, 'eth0'),
        ...cable('front', `front-${server}`, server, 'eth1'),
      ]),
      ...[ipv4, ipv6].flatMap(({ virtual, gateway, prefixLength }) => [
        address(`${virtual}/${prefixLength}`, 'front'),
        address(`${gateway}/${prefixLength}`, 'back'),
      ]),
    ];
  }

  async #connect(server: Server): Promise<void> {
    const [front4, front6] = frontAddresses[server];
    await this.ip(server, [
      ...['lo', 'eth0', 'eth1'].map((device) => `link set ${device} up`),
      ...serverCommands(server, ipv4, front4),
    ]);
    await this.ip(server, serverCommands(server, ipv6, front6), '-6');
  }
}

function clientCommands(): string[] {
  const own = [ipv4, ipv6].flatMap(({ client, prefixLength }) => {
    const others = otherClients[client === ipv4.client ? 'ipv4' : 'ipv6'];
    return [client, ...others].map((text) => address(`${text}/${prefixLength}`, 'eth0'));
  });
  return ['link set lo up', 'link set eth0 up', ...own];
}

function serverCommands(server: Server, family: typeof ipv4, front: string): string[] {
  const { virtual, gateway, prefixLength } = family;
  const network = family === ipv4 ? '10.9.0.0/24' : 'fd09::/64';
  return [
    address(`${virtual}/${family === ipv4 ? 32 : 128}`, 'lo'),
    address(`${family[server]}/${prefixLength}`, 'eth0'),
    address(front, 'eth1'),
    `route add default via ${gateway}`,
    `route add ${network} dev eth1 table ${returnTable}`,
    `rule add from ${virtual} lookup ${returnTable}`,
  ];
}

/** `nodad`: usable at once, without asking first whether another has the address. */
function address(text: string, device: string): string {
  return `address add ${text} dev ${device}${text.includes(':') ? ' nodad' : ''}`;
}

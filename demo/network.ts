import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ipv4, ipv6 } from './addresses.js';
import { type Server, servers } from './servers.js';

const execute = promisify(execFile);
const families = [ipv4, ipv6];

/**
 * Five network namespaces, joined by virtual cables. Nothing outside them is changed, and when they
 * are removed all that was made in them is gone.
 *
 *     client eth0 ──── front director back ─┬── eth0 A
 *                                           ├── eth0 B
 *                                           └── eth0 C
 */
export class Network implements AsyncDisposable {
  readonly client: string;
  readonly director: string;
  readonly servers: Readonly<Record<Server, string>>;
  readonly #prefix = `ipvs-demo-${process.pid}-`;

  private constructor() {
    this.client = `${this.#prefix}client`;
    this.director = `${this.#prefix}director`;
    this.servers = { A: `${this.#prefix}a`, B: `${this.#prefix}b`, C: `${this.#prefix}c` };
  }

  static async create(signal: AbortSignal): Promise<Network> {
    const network = new Network();
    try {
      await network.#create(signal);
    } catch (error) {
      await network.remove();
      throw error;
    }
    return network;
  }

  async #create(signal: AbortSignal): Promise<void> {
    const namespaces = [this.client, this.director, ...Object.values(this.servers)];
    await batch(
      namespaces.map((namespace) => `netns add ${namespace}`),
      signal,
    );

    await inside(
      this.director,
      [
        'link set lo up',
        `link add front type veth peer name eth0 netns ${this.client}`,
        'link set front up',
        'link add back type bridge',
        'link set back up',
        ...servers.flatMap((server) => {
          const cable = `to-${server}`;
          return [
            `link add ${cable} master back type veth peer name eth0 netns ${this.servers[server]}`,
            `link set ${cable} up`,
          ];
        }),
        ...families.flatMap(({ virtual, gateway, prefixLength }) => [
          address(virtual, prefixLength, 'front'),
          address(gateway, prefixLength, 'back'),
        ]),
      ],
      signal,
    );
    await inside(
      this.client,
      [
        'link set eth0 up',
        ...families.map(({ client, prefixLength }) => address(client, prefixLength, 'eth0')),
      ],
      signal,
    );
    for (const server of servers) {
      await inside(
        this.servers[server],
        [
          'link set eth0 up',
          ...families.flatMap((family) => [
            address(family[server], family.prefixLength, 'eth0'),
            `route add default via ${family.gateway}`,
          ]),
        ],
        signal,
      );
    }

    // The servers' answers pass through the director on their way to the client.
    const forwarding = ['ipv4/ip_forward', 'ipv6/conf/all/forwarding'];
    const script = forwarding.map((name) => `echo 1 >/proc/sys/net/${name}`).join(' && ');
    await execute('ip', ['netns', 'exec', this.director, 'sh', '-c', script], { signal });
  }

  /** Removes the namespaces that are there, and with them what they hold. */
  async remove(): Promise<void> {
    const { stdout } = await execute('ip', ['netns', 'list']);
    const names = stdout.split('\n').map((line) => line.split(' ')[0] ?? '');
    const made = names.filter((name) => name.startsWith(this.#prefix));
    await batch(made.map((name) => `netns delete ${name}`));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }
}

/** `nodad`: usable at once, without asking first whether another has the address. */
function address(text: string, prefixLength: number, device: string): string {
  return `address add ${text}/${prefixLength} dev ${device}${text.includes(':') ? ' nodad' : ''}`;
}

function inside(namespace: string, commands: string[], signal: AbortSignal): Promise<void> {
  return batch(commands, signal, ['-n', namespace]);
}

/** Runs many commands of `ip` in one process. */
async function batch(
  commands: string[],
  signal?: AbortSignal,
  options: string[] = [],
): Promise<void> {
  const running = execute('ip', [...options, '-batch', '-'], { signal });
  // Where `ip` ends early, it says why itself.
  running.child.stdin?.on('error', () => {});
  running.child.stdin?.end(`${commands.join('\n')}\n`);
  await running;
}

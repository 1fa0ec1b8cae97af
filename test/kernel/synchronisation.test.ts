import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { type Connection, Ipvs, IpvsError, type ServiceSpec, type SyncDaemonSpec } from 'ipvs';
import { spawnInside } from './_child.js';
import { list } from './_director.js';
import { eventually } from './_eventually.js';
import { ip } from './_ip.js';

const run = promisify(execFile);

/** What the machines are called in their network. */
const families = {
  ipv4: { client: '10.1.0.100', virtual: '10.1.0.1', server: '10.2.0.2' },
  ipv6: { client: 'fd01::100', virtual: 'fd01::1', server: 'fd02::2' },
} as const;
type Family = keyof typeof families;

const machines = ['client', 'server', 'director', 'backup'] as const;
type Machine = (typeof machines)[number];

/**
 * A director between a client and a server, and one beside it that stands by:
 *
 *     client ── director ── server
 *                   └────── backup
 */
class Directors {
  readonly #prefix = `sync-${randomBytes(4).toString('hex')}-`;

  static async create(t: ExecutionContext): Promise<Directors> {
    const directors = new Directors();
    t.teardown(() => directors.#forEach('delete'));
    await directors.#forEach('add');
    await directors.#setSysctls('director', [
      // Otherwise an IPv6 address cannot be used before it was asked for in vain.
      ['ipv6/conf/all/accept_dad', '0'],
      ['ipv6/conf/default/accept_dad', '0'],
      ['ipv4/ip_forward', '1'],
      ['ipv6/conf/all/forwarding', '1'],
    ]);
    const cable = (near: string, machine: Machine) => [
      `link add ${near} type veth peer name eth0 netns ${directors.namespace(machine)}`,
      `link set ${near} up`,
    ];
    await ip({ name: directors.namespace('director') }, [
      'link set lo up',
      ...cable('front', 'client'),
      ...cable('back', 'server'),
      ...cable('sync', 'backup'),
      'address add 10.1.0.1/24 dev front',
      'address add fd01::1/64 dev front nodad',
      'address add 10.2.0.1/24 dev back',
      'address add fd02::1/64 dev back nodad',
      'address add 10.3.0.1/24 dev sync',
    ]);
    const up = ['link set lo up', 'link set eth0 up'];
    const { client, server } = families.ipv6;
    await ip({ name: directors.namespace('client') }, [
      ...up,
      'address add 10.1.0.100/24 dev eth0',
      `address add ${client}/64 dev eth0 nodad`,
    ]);
    await ip({ name: directors.namespace('server') }, [
      ...up,
      'address add 10.2.0.2/24 dev eth0',
      `address add ${server}/64 dev eth0 nodad`,
      'route add default via 10.2.0.1',
      'route add default via fd02::1',
    ]);
    await ip({ name: directors.namespace('backup') }, [...up, 'address add 10.3.0.2/24 dev eth0']);
    return directors;
  }

  /** The name of a machine's namespace. */
  namespace(machine: Machine): string {
    return `${this.#prefix}${machine}`;
  }

  /** The IPVS of a director, without daemons when the test ends. */
  async open(t: ExecutionContext, machine: 'director' | 'backup'): Promise<Ipvs> {
    const ipvs = await Ipvs.open({ netns: this.namespace(machine), timeout: 60_000 });
    t.teardown(async () => {
      for (const { role } of await ipvs.syncDaemons()) await ipvs.stopSyncDaemon(role);
      await ipvs.close();
    });
    return ipvs;
  }

  /** The director tells of every packet, in messages of this version. */
  async tellEverything(version: 0 | 1): Promise<void> {
    await this.#setSysctls('director', [
      ['ipv4/vs/sync_version', String(version)],
      ['ipv4/vs/sync_threshold', '0 1'],
      ['ipv4/vs/sync_refresh_period', '0'],
    ]);
  }

  async #forEach(verb: 'add' | 'delete'): Promise<void> {
    for (const machine of machines) await run('ip', ['netns', verb, this.namespace(machine)]);
  }

  async #setSysctls(machine: Machine, settings: readonly [string, string][]): Promise<void> {
    const script = settings.map(([name, value]) => `echo '${value}' >/proc/sys/net/${name}`);
    await run('ip', ['netns', 'exec', this.namespace(machine), 'sh', '-ec', script.join('\n')]);
  }
}

/** Starts a daemon as soon as its interface has its addresses and routes. */
async function startWhenReady(ipvs: Ipvs, spec: SyncDaemonSpec): Promise<void> {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      await ipvs.startSyncDaemon(spec);
      return;
    } catch (error) {
      const early = ['ENETUNREACH', 'EADDRNOTAVAIL'];
      if (!(error instanceof IpvsError) || !early.includes(error.code) || Date.now() > end) {
        throw error;
      }
    }
    await wait(100);
  }
}

function script(name: string): string {
  return fileURLToPath(new URL(`children/${name}.js`, import.meta.url));
}

/** Connections of a client from each of these ports, to the port of the service. */
const calls = [
  [40_001, 80],
  [40_002, 80],
  [40_003, 81],
] as const;

function argumentsFor(family: Family): string[] {
  const { client, virtual } = families[family];
  return calls.map(([from, to]) => `${client} ${from} ${virtual} ${to}`);
}

/** What is to be known of the connections of a family: three that are open, and who called the persistent service. */
function expectedOf(family: Family, origin: 'local' | 'sync'): string[] {
  const { client, virtual, server } = families[family];
  const end = `${server} 8080 ${origin}`;
  return [
    ...calls.map(([from, to]) => `tcp ${client} ${from} ${virtual} ${to} ${end} ESTABLISHED`),
    `tcp ${client} 0 ${virtual} 81 ${end} template`,
  ];
}

function show(connection: Connection): string {
  const { protocol, client, virtual, destination, origin, template, state } = connection;
  const ends = [client, virtual, destination].map((end) => Object.values(end).join(' '));
  return [protocol, ...ends, origin, template ? 'template' : state].join(' ');
}

/** The connections that a director knows of, as soon as they are those. */
async function known(ipvs: Ipvs, expected: readonly string[]): Promise<string[]> {
  const read = async () => (await list({ ipvs }, { synced: true })).map(show).toSorted();
  return eventually(read, (seen) => seen.join('\n') === expected.join('\n'));
}

const appear = test.macro({
  async exec(t, group: string, version: 0 | 1, masterId: number, backupId: number) {
    const directors = await Directors.create(t);
    const ipvs = await directors.open(t, 'director');
    const backup = await directors.open(t, 'backup');
    await directors.tellEverything(version);
    await startWhenReady(backup, { role: 'backup', interface: 'eth0', group, syncId: backupId });
    await startWhenReady(ipvs, { role: 'master', interface: 'sync', group, syncId: masterId });

    for (const { virtual, server } of Object.values(families)) {
      const service = { protocol: 'tcp', address: virtual, scheduler: 'rr' } as const;
      const persistent: ServiceSpec = { ...service, port: 81, persistence: true };
      for (const each of [{ ...service, port: 80 }, persistent]) {
        await ipvs.addService(each);
        await ipvs.addDestination(each, { address: server, port: 8080 });
      }
    }
    const echo = spawnInside(t, directors.namespace('server'), script('_echo'), '8080');
    await once(echo.stdout, 'data');
    const callers = spawnInside(
      t,
      directors.namespace('client'),
      script('_callers'),
      ...[...argumentsFor('ipv6'), ...argumentsFor('ipv4')],
    );
    await once(callers.stdout, 'data');

    const own = [...expectedOf('ipv4', 'local'), ...expectedOf('ipv6', 'local')].toSorted();
    t.deepEqual(await known(ipvs, own), own);
    // Messages of version 0 have no room for IPv6.
    const told = [
      ...expectedOf('ipv4', 'sync'),
      ...(version === 1 ? expectedOf('ipv6', 'sync') : []),
    ].toSorted();
    t.deepEqual(await known(backup, told), told);

    // What was taken in stays when the daemon goes.
    await backup.stopSyncDaemon('backup');
    t.deepEqual(await known(backup, told), told);
  },
  title: (_, group, version, masterId, backupId) =>
    `a backup with number ${backupId} knows of the connections and templates that a master with number ${masterId} tells the group ${group}, version ${version}`,
});

test(appear, '224.0.0.81', 1, 0, 0);
test(appear, '239.7.7.7', 0, 7, 7);
test(appear, 'ff02::51', 1, 255, 0);
test(appear, 'ff05::7:7', 0, 9, 9);

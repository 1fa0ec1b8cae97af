import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import {
  InvalidValueError,
  Ipvs,
  IpvsError,
  type SyncDaemon,
  type SyncDaemonSpec,
  type Transport,
} from 'ipvs';
import { spawnInside } from './_child.js';
import { type Refusal, refuses } from './_expect.js';
import { ip } from './_ip.js';
import { makeNamespace, type Namespace } from './_namespace.js';

/** A namespace with an interface for the daemons, and none of them left in it when the test ends. */
async function makeSyncNamespace(t: ExecutionContext): Promise<Namespace> {
  const namespace = await makeNamespace(t);
  await ip(namespace, [...addInterface('sync0'), 'address add 10.78.0.1/24 dev sync0']);
  t.teardown(async () => {
    for (const { role } of await namespace.ipvs.syncDaemons()) {
      await namespace.ipvs.stopSyncDaemon(role);
    }
  });
  return namespace;
}

function addInterface(name: string): string[] {
  return [`link add ${name} type dummy`, `link set ${name} up`];
}

async function setSysctl({ run }: Namespace, name: string, value: string): Promise<void> {
  await run('sh', '-c', `echo "$2" >/proc/sys/net/$1`, 'sh', name, value);
}

/** A daemon in the words of ipvsadm. */
function describe({ role, ...daemon }: SyncDaemon): string {
  const { interface: device, syncId, maxLength, group, port, ttl } = daemon;
  return `${role} sync daemon (mcast=${device}, syncid=${syncId}, maxlen=${maxLength}, group=${group}, port=${port}, ttl=${ttl})\n`;
}

const master = { role: 'master', interface: 'sync0' } as const;
const backup = { role: 'backup', interface: 'sync0' } as const;
const chosen = { syncId: 0, group: '224.0.0.81', port: 8848, ttl: 1 };

const everything = { syncId: 255, maxLength: 4000, port: 65535, ttl: 255 };

/** Daemons to start, with what the kernel makes of them. */
const daemonsOfEachKind: [SyncDaemonSpec, Partial<SyncDaemon>][] = [
  [master, { maxLength: 1472 }],
  [backup, { maxLength: 1472 }],
  [{ ...master, group: 'ff02::51' }, { maxLength: 1452 }],
  [{ ...backup, group: 'ff02::51' }, { maxLength: 1452 }],
  [{ ...master, ...everything, group: '239.255.255.255' }, {}],
  [{ ...backup, ...everything, group: '239.1.2.3' }, {}],
  [{ ...master, ...everything, group: 'ff05:1:2:3:4:5:6:7' }, {}],
  [{ ...backup, ...everything, group: 'ff05::1:3' }, {}],
  // A port whose bytes are not the same when turned round.
  [{ ...master, port: 258 }, { maxLength: 1472 }],
  [{ ...backup, port: 1 }, { maxLength: 1472 }],
  // The kernel keeps the length to what it can send, and a backup to what it should be able to take.
  [{ ...master, maxLength: 1 }, {}],
  [{ ...backup, maxLength: 1 }, { maxLength: 1024 }],
  [{ ...master, maxLength: 65507 }, {}],
  [{ ...backup, maxLength: 65507 }, {}],
  [{ ...master, maxLength: 65507, group: 'ff02::51' }, { maxLength: 65487 }],
  [{ ...backup, maxLength: 65507, group: 'ff02::51' }, { maxLength: 65487 }],
];

test('a daemon is read back as the kernel runs it, which is how it can be started again', async (t) => {
  const { ipvs, ipvsadm } = await makeSyncNamespace(t);
  for (const [spec, made] of daemonsOfEachKind) {
    await ipvs.startSyncDaemon(spec);
    const daemons = await ipvs.syncDaemons();
    t.deepEqual(daemons, [{ ...chosen, ...spec, ...made } as SyncDaemon]);
    t.is(await ipvsadm('-Ln', '--daemon'), daemons.map(describe).join(''));
    await ipvs.stopSyncDaemon(spec.role);
    t.deepEqual(await ipvs.syncDaemons(), []);
    await ipvs.startSyncDaemon(daemons[0] as SyncDaemon);
    t.deepEqual(await ipvs.syncDaemons(), daemons);
    await ipvs.stopSyncDaemon(spec.role);
  }
  t.is(await ipvsadm('-Ln', '--daemon'), '');
});

test('a backup takes by default what fits its interface, a master sends what fits 1500 bytes', async (t) => {
  const namespace = await makeSyncNamespace(t);
  const { ipvs } = namespace;
  await ip(namespace, ['link set sync0 mtu 9000']);
  for (const [group, sent, taken] of [
    ['224.0.0.81', 1472, 8972],
    ['ff02::51', 1452, 8952],
  ] as const) {
    await ipvs.startSyncDaemon({ ...master, group });
    await ipvs.startSyncDaemon({ ...backup, group });
    t.deepEqual(
      (await ipvs.syncDaemons()).map(({ maxLength }) => maxLength),
      [sent, taken],
    );
    await ipvs.stopSyncDaemon('master');
    await ipvs.stopSyncDaemon('backup');
  }
});

test('one of each role runs in a namespace, the master is listed first, and they do not touch each other', async (t) => {
  const { ipvs, ipvsadm } = await makeSyncNamespace(t);
  const other = await makeSyncNamespace(t);
  const running = async () => (await ipvs.syncDaemons()).map(({ role, syncId }) => [role, syncId]);
  await ipvs.startSyncDaemon({ ...backup, syncId: 2 });
  await ipvs.startSyncDaemon({ ...master, syncId: 1, group: 'ff02::51' });
  t.deepEqual(await running(), [
    ['master', 1],
    ['backup', 2],
  ]);
  t.is(await ipvsadm('-Ln', '--daemon'), (await ipvs.syncDaemons()).map(describe).join(''));
  t.deepEqual(await other.ipvs.syncDaemons(), []);
  await other.ipvs.startSyncDaemon({ ...master, syncId: 3 });
  await ipvs.stopSyncDaemon('master');
  t.deepEqual(await running(), [['backup', 2]]);
  await ipvs.stopSyncDaemon('backup');
  t.deepEqual(await running(), []);
  t.is((await other.ipvs.syncDaemons()).length, 1);
});

test('a daemon that ipvsadm started is listed and stopped, and ipvsadm stops one of ours', async (t) => {
  const { ipvs, ipvsadm } = await makeSyncNamespace(t);
  const options = ['--mcast-interface', 'sync0', '--syncid', '9', '--mcast-port', '5000'];
  await ipvsadm('--start-daemon', 'backup', ...options, '--mcast-ttl', '4');
  const started = { ...chosen, ...backup, syncId: 9, port: 5000, ttl: 4, maxLength: 1472 };
  t.deepEqual(await ipvs.syncDaemons(), [started]);
  await ipvs.stopSyncDaemon('backup');
  t.is(await ipvsadm('-Ln', '--daemon'), '');
  await ipvs.startSyncDaemon(master);
  await ipvsadm('--stop-daemon', 'master');
  t.deepEqual(await ipvs.syncDaemons(), []);
});

test('a daemon goes on when the handle that started it is closed', async (t) => {
  const { ipvs, open } = await makeSyncNamespace(t);
  const handle = await open();
  await handle.startSyncDaemon(master);
  await handle.close();
  t.is((await ipvs.syncDaemons()).length, 1);
});

test('the name of an interface is any the kernel takes', async (t) => {
  const namespace = await makeSyncNamespace(t);
  const { ipvs } = namespace;
  const names = ['grüß0', 'x.1+2_~', 'fifteen-bytes-0'];
  await ip(namespace, names.flatMap(addInterface));
  for (const name of names) {
    await ipvs.startSyncDaemon({ role: 'backup', interface: name });
    t.like(await ipvs.syncDaemons(), [{ interface: name }]);
    await ipvs.stopSyncDaemon('backup');
  }
});

test('the first daemon decides how many threads and ports both have', async (t) => {
  const namespace = await makeSyncNamespace(t);
  const { ipvs, run } = namespace;
  /** The ports of the group that sockets are connected or bound to. */
  const ports = async (column: 1 | 2) =>
    (await run('cat', '/proc/net/udp'))
      .split('\n')
      .map((line) => line.trim().split(/ +/)[column]?.split(':')[1] ?? '')
      .map((port) => Number.parseInt(port, 16))
      .filter((port) => port >= 8848 && port < 8948)
      .toSorted();
  await setSysctl(namespace, 'ipv4/vs/sync_ports', '4');
  await ipvs.startSyncDaemon(master);
  await setSysctl(namespace, 'ipv4/vs/sync_ports', '1');
  await ipvs.startSyncDaemon({ ...backup, port: 8900 });
  t.deepEqual(await ports(2), [8848, 8849, 8850, 8851]);
  t.deepEqual(await ports(1), [8900, 8901, 8902, 8903]);
  await ipvs.stopSyncDaemon('master');
  await ipvs.stopSyncDaemon('backup');
  await ipvs.startSyncDaemon(backup);
  t.deepEqual(await ports(1), [8848]);
});

const start = 'start-sync-daemon';
const stop = 'stop-sync-daemon';

test('of each role one can run, and one that does not cannot be stopped', async (t) => {
  const { ipvs } = await makeSyncNamespace(t);
  for (const spec of [master, backup]) {
    const { role } = spec;
    const none: Refusal = {
      code: 'ESRCH',
      operation: stop,
      target: role,
      missing: 'daemon',
      reason: /no daemon of this role/,
    };
    await refuses(t, ipvs.stopSyncDaemon(role), none);
    await ipvs.startSyncDaemon(spec);
    await refuses(t, ipvs.startSyncDaemon({ ...spec, syncId: 5 }), {
      code: 'EEXIST',
      operation: start,
      target: role,
      reason: /already runs/,
    });
    t.like(await ipvs.syncDaemons(), [{ role, syncId: 0 }]);
    await ipvs.stopSyncDaemon(role);
    await refuses(t, ipvs.stopSyncDaemon(role), none);
  }
});

test('an interface that is not there is refused with its name', async (t) => {
  const { ipvs } = await makeSyncNamespace(t);
  for (const role of ['master', 'backup'] as const) {
    await refuses(t, ipvs.startSyncDaemon({ role, interface: 'nosuch0' }), {
      code: 'ENODEV',
      operation: start,
      target: role,
      missing: 'interface',
      reason: /has no interface "nosuch0"/,
    });
  }
  t.deepEqual(await ipvs.syncDaemons(), []);
});

test('an interface that does not carry the family of the group is refused with the reason', async (t) => {
  const namespace = await makeSyncNamespace(t);
  const { ipvs } = namespace;
  // Below 68 bytes there is no IPv4, below 1280 no IPv6.
  await ip(namespace, [...addInterface('small0'), 'link set small0 mtu 67']);
  const small = { role: 'backup', interface: 'small0' } as const;
  await refuses(t, ipvs.startSyncDaemon(small), {
    code: 'ENODEV',
    operation: start,
    target: 'backup',
    missing: 'interface',
    reason: /MTU/,
  });
  await refuses(t, ipvs.startSyncDaemon({ ...small, group: 'ff02::51' }), {
    code: 'EINVAL',
    operation: start,
    target: 'backup',
    reason: /IPv6, which does not work through the interface "small0"/,
  });
  for (const group of ['224.0.0.81', 'ff02::51']) {
    await refuses(t, ipvs.startSyncDaemon({ ...small, role: 'master', group }), {
      code: 'ENETUNREACH',
      operation: start,
      target: 'master',
      reason: /no way to the group through the interface "small0"/,
    });
  }
});

test('a master whose interface is down, or has no address for an IPv6 group, is refused with the reason', async (t) => {
  const namespace = await makeSyncNamespace(t);
  const { ipvs } = namespace;
  await ip(namespace, [
    'link add down0 type dummy',
    'link add bare0 type dummy',
    'link set bare0 addrgenmode none',
    'link set bare0 up',
  ]);
  for (const group of ['224.0.0.81', 'ff02::51']) {
    await refuses(t, ipvs.startSyncDaemon({ role: 'master', interface: 'down0', group }), {
      code: 'ENETUNREACH',
      operation: start,
      target: 'master',
      reason: /it is down/,
    });
  }
  await refuses(t, ipvs.startSyncDaemon({ ...master, interface: 'bare0', group: 'ff02::51' }), {
    code: 'EADDRNOTAVAIL',
    operation: start,
    target: 'master',
    reason: /no address to send from through the interface "bare0"/,
  });
});

test('a port that another program has is refused with the reason', async (t) => {
  const { ipvs, name } = await makeSyncNamespace(t);
  const script = fileURLToPath(new URL('children/_hold-port.js', import.meta.url));
  const holder = spawnInside(t, name, script, '224.0.0.81', '8848');
  await once(holder.stdout, 'data');
  await refuses(t, ipvs.startSyncDaemon(backup), {
    code: 'EADDRINUSE',
    operation: start,
    target: 'backup',
    reason: /another program has the port/,
  });
  await ipvs.startSyncDaemon({ ...backup, port: 8849 });
});

test('a group that cannot be joined is refused with the reason', async (t) => {
  const namespace = await makeSyncNamespace(t);
  await setSysctl(namespace, 'ipv4/igmp_max_memberships', '0');
  await refuses(t, namespace.ipvs.startSyncDaemon(backup), {
    code: 'ENOBUFS',
    operation: start,
    target: 'backup',
    reason: /igmp_max_memberships/,
  });
});

test('daemons and destinations of another family than their service rule each other out', async (t) => {
  const { ipvs } = await makeSyncNamespace(t);
  const service = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
  const mixed = { address: 'fd20::2', forward: 'tunnel' } as const;
  await ipvs.addService(service);
  await ipvs.addDestination(service, mixed);
  for (const spec of [master, backup]) {
    await refuses(t, ipvs.startSyncDaemon(spec), {
      code: 'EINVAL',
      operation: start,
      target: spec.role,
      reason: /a destination has another address family than its service/,
    });
  }
  await ipvs.removeDestination(service, mixed);
  await ipvs.startSyncDaemon(backup);
  await t.throwsAsync(ipvs.addDestination(service, mixed), { code: 'EINVAL' });
  await ipvs.stopSyncDaemon('backup');
  await ipvs.addDestination(service, mixed);
  t.is((await ipvs.listDestinations(service)).length, 1);
});

test('what is written wrong is refused before the kernel is asked', async (t) => {
  const { ipvs } = await makeSyncNamespace(t);
  const wrong: [object, string][] = [
    [{ ...master, role: 'slave' }, 'role'],
    [{ ...master, interface: 'a b' }, 'interface'],
    [{ ...master, syncId: 263 }, 'syncId'],
    [{ ...master, maxLength: 65536 }, 'maxLength'],
    [{ ...master, group: '10.0.0.1' }, 'group'],
    [{ ...master, port: 74384 }, 'port'],
    [{ ...master, ttl: 0 }, 'ttl'],
    [{ ...master, mtu: 1500 }, 'mtu'],
  ];
  for (const [spec, path] of wrong) {
    const error = await t.throwsAsync(ipvs.startSyncDaemon(spec as SyncDaemonSpec), {
      instanceOf: InvalidValueError,
    });
    t.is(error.path, path);
  }
  const error = await t.throwsAsync(ipvs.stopSyncDaemon('both' as 'master'), {
    instanceOf: InvalidValueError,
  });
  t.is(error.path, 'role');
  t.deepEqual(await ipvs.syncDaemons(), []);
});

/** How each call ended, in its order. */
async function outcomesOf(calls: readonly Promise<unknown>[]): Promise<string[]> {
  const outcomes = await Promise.allSettled(calls);
  return outcomes.map((outcome) => {
    if (outcome.status === 'fulfilled') return 'done';
    return outcome.reason instanceof IpvsError ? outcome.reason.code : String(outcome.reason);
  });
}

// On one processor a thread that is stopped in the turn in which it was started never ran, and the kernel does not
// answer. So long a timeout would not pass within the test: nothing was waited for.
const patience = { timeout: 3_600_000 };

const startsAndStops = test.macro({
  async exec(t, transport: Transport, rounds: number) {
    const { open } = await makeSyncNamespace(t);
    const ipvs = await open({ ...patience, transport });
    const startMaster = () => ipvs.startSyncDaemon(master);
    const startBackup = () => ipvs.startSyncDaemon(backup);
    const stopMaster = () => ipvs.stopSyncDaemon('master');
    const stopBackup = () => ipvs.stopSyncDaemon('backup');
    const orders = [
      [startMaster, startBackup, stopMaster, stopBackup],
      [startMaster, stopMaster, startBackup, stopBackup],
      [startBackup, startMaster, stopMaster, stopBackup, startMaster, stopMaster],
      [startBackup, stopBackup, startBackup, stopBackup],
    ];
    const wrong: string[][] = [];
    for (let round = 0; round < rounds; round += 1) {
      const order = orders[round % orders.length] ?? [];
      const outcomes = await outcomesOf(order.map((call) => call()));
      if (outcomes.some((outcome) => outcome !== 'done')) wrong.push(outcomes);
    }
    t.deepEqual(wrong, []);
    t.deepEqual(await ipvs.syncDaemons(), []);
  },
  title: (_, transport, rounds) =>
    `daemons that are started and stopped in one turn are stopped, in whatever order, ${rounds} times over ${transport}`,
});
test(startsAndStops, 'netlink', 100);
test(startsAndStops, 'sockopt', 20);

test('what is called in the turn of a stop that is not answered has its own outcome', async (t) => {
  const { open } = await makeSyncNamespace(t);
  const ipvs = await open(patience);
  const service = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
  const missing = { ...service, port: 81 };
  for (let round = 0; round < 20; round += 1) {
    const calls = [
      ipvs.addService(service),
      ipvs.addService(service),
      ipvs.startSyncDaemon(master),
      ipvs.stopSyncDaemon('backup'),
      ipvs.stopSyncDaemon('master'),
      ipvs.stopSyncDaemon('master'),
      ipvs.removeService(missing),
      ipvs.startSyncDaemon(backup),
      ipvs.startSyncDaemon(backup),
      ipvs.removeService(service),
      ipvs.syncDaemons().then((daemons) => t.is(daemons.length, 1)),
      ipvs.removeService(service),
      ipvs.stopSyncDaemon('backup'),
    ];
    t.deepEqual(await outcomesOf(calls), [
      'done',
      'EEXIST',
      'done',
      'ESRCH',
      'done',
      'ESRCH',
      'ESRCH',
      'done',
      'EEXIST',
      'done',
      'done',
      'ESRCH',
      'done',
    ]);
  }
  t.deepEqual(await ipvs.syncDaemons(), []);
});

test('a stop is the last call before a handle is closed, and is done', async (t) => {
  const { name, ipvs } = await makeSyncNamespace(t);
  for (let round = 0; round < 5; round += 1) {
    await using handle = await Ipvs.open({ netns: name, ...patience });
    await Promise.all([handle.startSyncDaemon(backup), handle.stopSyncDaemon('backup')]);
    t.deepEqual(await ipvs.syncDaemons(), []);
  }
});

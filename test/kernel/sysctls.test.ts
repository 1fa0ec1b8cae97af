import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { InvalidValueError, Ipvs, type SysctlName, type SysctlValues } from 'ipvs';
import { refuses } from './_expect.js';
import { labModprobe, run } from './_modprobe.js';
import { makeNamespace, type Namespace } from './_namespace.js';
import { readSettings, writeSettings } from './_settings.js';

type Value = SysctlValues[SysctlName];

/** What a sysctl is when IPVS comes to a namespace, and what it takes. */
interface Expected {
  /** Absent where it is another on each machine. */
  readonly initial?: Value;
  readonly takes: readonly Value[];
  /** Refused by the library. */
  readonly refuses: readonly Value[];
  /** The kernel refuses what the library refuses; otherwise it takes it, whatever that means. */
  readonly kernelAgrees: boolean;
}

function range(initial: Value, lowest: number, highest: number, kernelAgrees: boolean): Expected {
  return { initial, takes: [lowest, highest], refuses: [lowest - 1, highest + 1], kernelAgrees };
}

const off = range(0, 0, 1, false);
const on = range(1, 0, 1, false);
const int = (initial: number) => ({
  ...range(initial, 0, 2147483647, false),
  refuses: [-1],
});
// The most a kernel holds is 2147483647 divided by its HZ.
const seconds = (initial: number): Expected => ({
  initial,
  takes: [0, 1, 2_147_483],
  refuses: [-1, 21_474_837],
  kernelAgrees: false,
});

const expected: Partial<Record<string, Expected>> & Record<SysctlName, Expected> = {
  am_droprate: int(10),
  amemthresh: int(1024),
  backup_only: off,
  cache_bypass: off,
  conn_lfactor: range(-2, -8, 8, true),
  conn_max: range(2 ** 30, 0, 2 ** 30, true),
  conn_reuse_mode: range(1, 0, 3, false),
  conntrack: off,
  debug_level: int(0),
  drop_entry: { ...range(0, 0, 3, true), takes: [0, 3] },
  drop_packet: range(0, 0, 3, true),
  est_cpulist: {
    takes: ['', '0'],
    refuses: ['x', '1-0', '0-0:2/1', '0-0:1/0'],
    kernelAgrees: true,
  },
  est_nice: range(0, -20, 19, true),
  expire_nodest_conn: off,
  expire_quiescent_template: off,
  ignore_tunneled: off,
  lblc_expiration: seconds(86400),
  lblcr_expiration: seconds(86400),
  nat_icmp_send: off,
  pmtu_disc: on,
  run_estimation: on,
  schedule_icmp: off,
  secure_tcp: range(0, 0, 3, true),
  sloppy_sctp: off,
  sloppy_tcp: off,
  snat_reroute: on,
  svc_lfactor: range(-2, -8, 8, true),
  sync_persist_mode: off,
  sync_ports: { initial: 1, takes: [1, 2, 64], refuses: [0, 3, 65], kernelAgrees: true },
  sync_qlen_max: {
    takes: [0, Number.MAX_SAFE_INTEGER, '9007199254740992', '18446744073709551615'],
    refuses: ['18446744073709551616'],
    kernelAgrees: true,
  },
  sync_refresh_period: seconds(0),
  sync_retries: range(0, 0, 3, true),
  sync_sock_size: int(0),
  sync_threshold: {
    initial: '3 50',
    takes: ['0 1', '0 0', '2147483647 0', '2147483646 2147483647', '3 50'],
    refuses: ['3 3', '51 50', '-1 50', '3 -1', '2147483648 0'],
    kernelAgrees: true,
  },
  sync_version: range(1, 0, 1, true),
};

/** Sets one of whatever name, as one who reads names from elsewhere does. */
const set = (ipvs: Ipvs, name: string, value: Value) => ipvs.setSysctl(name as SysctlName, value);

/** As the kernel prints it. */
const printed = (values: Record<string, number | string>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));

test('every sysctl that the kernel has is listed as it is, and documented as it begins', async (t) => {
  const namespace = await makeNamespace(t);
  const listed = await namespace.ipvs.sysctls();
  t.deepEqual(printed(listed), await readSettings(namespace));
  for (const [name, value] of Object.entries(listed)) {
    const initial = expected[name]?.initial;
    if (initial !== undefined && name !== 'debug_level') t.is(value, initial as typeof value, name);
  }
  // Those that are not there came with a later kernel, or with an option of its build.
  const absent = Object.keys(expected).filter((name) => !(name in listed));
  for (const name of absent) t.regex(name, /^(est|conn|svc|run|conntrack|debug)_?/);
});

test('what a sysctl takes reads back, and what it does not take leaves it as it is', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  const present = Object.keys(await ipvs.sysctls()).flatMap((name) => {
    const rule = expected[name];
    // The one for the whole kernel has a test of its own; and a later kernel may have brought one.
    return rule === undefined || name === 'debug_level' ? [] : [{ name, ...rule }];
  });
  t.true(present.length >= 27, String(present.length));

  const rounds = Math.max(...present.map(({ takes }) => takes.length));
  for (let round = 0; round < rounds; round += 1) {
    const values = present.map(({ name, takes }) => [name, takes[round] ?? takes[0]] as const);
    await Promise.all(values.map(([name, value]) => set(ipvs, name, value as Value)));
    const wanted = Object.fromEntries(values) as Record<string, number | string>;
    t.like(await ipvs.sysctls(), wanted);
    t.like(await readSettings(namespace), printed(wanted));
  }

  const before = await readSettings(namespace);
  const beyond = present.flatMap(({ name, refuses: refused, kernelAgrees }) =>
    refused.map((value) => ({ name, value, kernelAgrees })),
  );
  for (const { name, value } of beyond) {
    const error = await t.throwsAsync(set(ipvs, name, value), { instanceOf: InvalidValueError });
    t.is(error?.path, name);
  }
  t.deepEqual(await readSettings(namespace), before);

  const raw = beyond.map(({ name, value, kernelAgrees }) => ({
    pair: [name, String(value)] as const,
    kernelAgrees,
  }));
  const agreed = raw.filter(({ kernelAgrees }) => kernelAgrees).map(({ pair }) => pair);
  t.deepEqual(await writeSettings(namespace, agreed), []);
  // These the kernel would have taken, whatever they mean to it.
  const others = raw.filter(({ kernelAgrees }) => !kernelAgrees).map(({ pair }) => pair);
  const taken = await writeSettings(namespace, others);
  t.true(taken.includes('am_droprate=-1') && taken.includes('expire_nodest_conn=2'), taken.join());
});

test('the kernel changes between two modes by itself, depending on memory', async (t) => {
  const { ipvs } = await makeNamespace(t);
  for (const name of ['drop_entry', 'drop_packet', 'secure_tcp'] as const) {
    for (const value of [1, 2]) {
      await ipvs.setSysctl(name, value);
      const read = (await ipvs.sysctls())[name];
      t.true(read === 1 || read === 2, `${name} ${read}`);
    }
    await ipvs.setSysctl(name, 0);
    t.is((await ipvs.sysctls())[name], 0);
  }
});

test('seconds beyond what this kernel can hold are refused with the reason', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const most = 21_474_836;
  try {
    await ipvs.setSysctl('sync_refresh_period', most);
    t.is((await ipvs.sysctls())['sync_refresh_period'], most);
  } catch {
    const setting = ipvs.setSysctl('sync_refresh_period', most);
    const operation = 'set-sysctl';
    const target = 'sync_refresh_period';
    await refuses(t, setting, { code: 'EINVAL', operation, target, reason: /HZ/ });
  }
});

test('a list of processors reads back as the kernel spells it', async (t) => {
  const { ipvs } = await makeNamespace(t);
  if (!('est_cpulist' in (await ipvs.sysctls()))) {
    t.pass('this kernel has no list of processors');
    return;
  }
  for (const value of ['all', '0-N', '0,0']) {
    await ipvs.setSysctl('est_cpulist', value);
    const read = (await ipvs.sysctls())['est_cpulist'];
    t.regex(String(read), value === '0,0' ? /^0$/ : /^0(-\d+)?$/);
    t.is(typeof read, 'string');
  }
  await refuses(t, ipvs.setSysctl('est_cpulist', '99999'), {
    code: 'ERANGE',
    operation: 'set-sysctl',
    target: 'est_cpulist',
    reason: /a CPU that this machine cannot have/,
  });
});

test('a threshold is a pair, written either way', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await ipvs.setSysctl('sync_threshold', [1, 2]);
  t.is((await ipvs.sysctls())['sync_threshold'], '1 2');
  await ipvs.setSysctl('sync_threshold', '5\t7');
  t.is((await ipvs.sysctls())['sync_threshold'], '5 7');
});

test('a sysctl that a kernel does not have is told with what has it', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const listed = await ipvs.sysctls();
  const came = { run_estimation: 1, est_nice: 0, conn_lfactor: 0, svc_lfactor: 0, conn_max: 0 };
  for (const [name, value] of Object.entries(came)) {
    if (name in listed) {
      t.true(Number.isInteger(listed[name]), name);
      continue;
    }
    await refuses(t, set(ipvs, name, value), {
      code: 'ENOENT',
      operation: 'set-sysctl',
      target: name,
      missing: 'sysctl',
      reason: /^there is no net\.ipv4\.vs\.\w+: it came with Linux \d\.\d+$/,
    });
  }
});

test('a name that neither the library nor the kernel knows is refused as a mistake', async (t) => {
  const { ipvs } = await makeNamespace(t);
  for (const name of ['drop_entri', 'constructor', '../vs/drop_entry', 'drop_entry/', '']) {
    const error = await t.throwsAsync(set(ipvs, name, 1), { instanceOf: InvalidValueError });
    t.is(error?.path, 'name');
  }
});

test.serial('a sysctl of a scheduler is there while its module is', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  await run(labModprobe(), ['ip_vs_lblc']);
  t.is((await ipvs.sysctls())['lblc_expiration'], 86400);
  await run('rmmod', ['ip_vs_lblc']);
  try {
    t.false('lblc_expiration' in (await ipvs.sysctls()));
    await refuses(t, ipvs.setSysctl('lblc_expiration', 5), {
      code: 'ENOENT',
      operation: 'set-sysctl',
      target: 'lblc_expiration',
      missing: 'sysctl',
      reason: /while the module ip_vs_lblc is loaded/,
    });
  } finally {
    await run(labModprobe(), ['ip_vs_lblc']);
  }
});

test('two namespaces have values of their own, and the process keeps its', async (t) => {
  const one = await makeNamespace(t);
  const two = await makeNamespace(t);
  await using own = await Ipvs.open();
  const before = await own.sysctls();
  await Promise.all([
    one.ipvs.setSysctl('sync_threshold', [1, 2]),
    two.ipvs.setSysctl('sync_threshold', [5, 7]),
    one.ipvs.setSysctl('expire_nodest_conn', 1),
  ]);
  const read = async (namespace: Namespace) => {
    const { sync_threshold, expire_nodest_conn } = await namespace.ipvs.sysctls();
    const text = (await readSettings(namespace))['sync_threshold'];
    return [sync_threshold, expire_nodest_conn, text];
  };
  t.deepEqual(await read(one), ['1 2', 1, '1 2']);
  t.deepEqual(await read(two), ['5 7', 0, '5 7']);
  t.deepEqual(await own.sysctls(), before);
});

test('sysctls are set and read in the order of the calls, among all others', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const service = { protocol: 'tcp', address: '10.9.0.1', port: 80 } as const;
  const [, first, , , second, services] = await Promise.all([
    ipvs.setSysctl('sync_retries', 1),
    ipvs.sysctls(),
    ipvs.addService(service),
    ipvs.setSysctl('sync_retries', 2),
    ipvs.sysctls(),
    ipvs.listServices(),
  ]);
  t.is(first['sync_retries'], 1);
  t.is(second['sync_retries'], 2);
  t.is(services.length, 1);
});

test.serial(
  'how much is logged is set for the whole kernel, from the first namespace',
  async (t) => {
    const namespace = await makeNamespace(t);
    await using own = await Ipvs.open();
    const before = (await own.sysctls())['debug_level'];
    if (before === undefined) {
      t.false('debug_level' in (await readSettings(namespace)));
      return;
    }
    await own.setSysctl('debug_level', 1);
    t.is((await readSettings(namespace))['debug_level'], '1');
    await own.setSysctl('debug_level', 0);
    t.is((await readSettings(namespace))['debug_level'], '0');
    await t.throwsAsync(own.setSysctl('debug_level', -1), { instanceOf: InvalidValueError });
    // Before Linux 5.15 it can be set in any.
    if ((await writeSettings(namespace, [['debug_level', '0']])).length > 0) {
      await t.notThrowsAsync(namespace.ipvs.setSysctl('debug_level', 0));
      return;
    }
    await refuses(t, namespace.ipvs.setSysctl('debug_level', 1), {
      code: 'EACCES',
      operation: 'set-sysctl',
      target: 'debug_level',
      reason: /set by root in the first network namespace/,
    });
  },
);

test('where /proc/sys can only be read, the error says so', async (t) => {
  const { name } = await makeNamespace(t);
  const file = fileURLToPath(new URL('children/_set-sysctl.js', import.meta.url));
  const { stdout } = await promisify(execFile)('unshare', [
    ...['--mount', 'sh', '-c'],
    'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"',
    ...['sh', process.execPath, file, name],
  ]);
  t.is(
    stdout,
    'IpvsError: EROFS: set-sysctl: drop_entry: net.ipv4.vs.drop_entry cannot be written: /proc/sys is mounted read-only here, as it is in most containers',
  );
});

test('where there is no /proc/sys, the error says that there may be none', async (t) => {
  const { name } = await makeNamespace(t);
  const file = fileURLToPath(new URL('children/_set-sysctl.js', import.meta.url));
  const { stdout } = await promisify(execFile)('unshare', [
    ...['--mount', 'sh', '-c'],
    'mount -t tmpfs none /proc/sys && exec "$@"',
    ...['sh', process.execPath, file, name],
  ]);
  t.regex(
    stdout,
    /^IpvsError: ENOENT: set-sysctl: drop_entry: there is no net\.ipv4\.vs.* none has without \/proc\/sys$/,
  );
});

test('CAP_NET_ADMIN is enough to set what is not for root alone', async (t) => {
  const { name } = await makeNamespace(t);
  const file = fileURLToPath(new URL('children/_set-sysctl.js', import.meta.url));
  // The project may be where nobody else may look, and another namespace is entered with yet another capability.
  const list = ['dac_read_search', 'net_admin', 'sys_admin'].map((each) => `+${each}`).join(',');
  const { stdout } = await promisify(execFile)('setpriv', [
    ...['--reuid=65534', '--regid=65534', '--clear-groups'],
    ...[`--inh-caps=${list}`, `--ambient-caps=${list}`, process.execPath, file, name],
  ]);
  t.is(stdout, '3');
});

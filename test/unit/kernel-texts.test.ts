import { createRequire } from 'node:module';
import test from 'ava';
import type { Subject } from '#lib/kernel/call.js';
import type { Failure } from '#lib/kernel/errors.js';
import { failureError, IpvsError } from '#lib/kernel/errors.js';
import { RequestQueue } from '#lib/kernel/queue.js';
import { Records } from '#lib/kernel/records/records.js';
import { Statistics } from '#lib/kernel/statistics.js';
import { Statuses } from '#lib/kernel/statuses.js';
import { Sysctls } from '#lib/kernel/sysctls.js';
import { TextFiles } from '#lib/kernel/text-files.js';
import { InvalidValueError } from '#lib/model/invalid-value-error.js';
import type { NativeAddon } from '../../types/native.js';
import type { SysctlName } from '../../types/sysctl.js';
import { emptyBatch, ScriptedHandle, textBatch } from './_scripted-handle.js';

const addon = createRequire(import.meta.url)('node-gyp-build')(process.cwd()) as NativeAddon;
const { layouts, places, sources, tables } = addon;

function makeCalls() {
  const handle = new ScriptedHandle(layouts);
  const records = new Records(addon);
  const statuses = new Statuses(sources);
  const queue = new RequestQueue({ handle, tables, records, statuses, timeout: 10_000 });
  const session = {
    files: new TextFiles(queue, places),
    error: (subject: Subject, failure: Failure) =>
      failureError(subject.operation, subject.target, failure, subject),
  };
  return { handle, statistics: new Statistics(session), sysctls: new Sysctls(session) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const failure = (errno: number) => ({ status: (sources.file << 16) | errno, message: '' });
const absent = failure(2);

/** Answers one request after the other, each when it has come. */
async function answers(
  handle: ScriptedHandle,
  ...all: readonly Parameters<ScriptedHandle['answer']>[0][]
): Promise<void> {
  for (const each of all) {
    await turn();
    handle.answer(each);
  }
}

test('each statistic is read from its file of the network namespace', async (t) => {
  const { handle, statistics } = makeCalls();
  void Promise.allSettled([
    statistics.totals(undefined),
    statistics.cpuTotals(undefined),
    statistics.applications(undefined),
    statistics.status(undefined),
  ]);
  await turn();
  t.deepEqual(
    handle.asked.map(({ kind, what, texts }) => [kind, ...what, ...(texts ?? [])]),
    ['ip_vs_stats', 'ip_vs_stats_percpu', 'ip_vs_app', 'ip_vs_status'].map((name) => [
      'readFile',
      places.net,
      name,
    ]),
  );
});

test('a text that cannot be read is told with its file', async (t) => {
  const { handle, statistics, sysctls } = makeCalls();
  for (const [read, message] of [
    [() => statistics.totals(undefined), /get-totals: .*ip_vs_stats: expected a hexadecimal/],
    [() => statistics.cpuTotals(undefined), /get-cpu-totals: .*ip_vs_stats_percpu: expected/],
    [() => statistics.applications(undefined), /list-applications: .*ip_vs_app: expected/],
    [() => statistics.status(undefined), /get-status: .*ip_vs_status: expected a key/],
    [() => sysctls.list(undefined), /get-sysctls: .*net.ipv4.vs: expected a name/],
  ] as const) {
    const reading = read();
    await answers(handle, textBatch('nonsense\nnonsense\nnonsense'));
    await t.throwsAsync(reading, { instanceOf: IpvsError, code: 'EBADMSG', message });
  }
});

test('without IPVS no statistic is there', async (t) => {
  const { handle, statistics } = makeCalls();
  for (const read of [
    () => statistics.totals(undefined),
    () => statistics.cpuTotals(undefined),
    () => statistics.applications(undefined),
  ]) {
    const reading = read();
    await answers(handle, absent);
    const error = await t.throwsAsync(reading, { instanceOf: IpvsError, code: 'ENOENT' });
    t.is((error as IpvsError).missing, 'ipvs');
    t.regex((error as IpvsError).reason, /modprobe ip_vs/);
  }
  const reading = statistics.status(undefined);
  await answers(handle, absent, absent);
  await t.throwsAsync(reading, {
    instanceOf: IpvsError,
    code: 'ENOENT',
    message: /modprobe ip_vs/,
  });
});

test('an older kernel has no status, and another refusal is one', async (t) => {
  const { handle, statistics } = makeCalls();
  const older = statistics.status(undefined);
  await answers(handle, absent, textBatch('anything'));
  t.is(await older, undefined);
  const forbidden = statistics.status(undefined);
  await answers(handle, failure(13));
  await t.throwsAsync(forbidden, { code: 'EACCES', message: /ip_vs_status may not be read/ });
});

test('a sysctl is written as text to the file of its name', async (t) => {
  const { handle, sysctls } = makeCalls();
  handle.obliging = true;
  await sysctls.set('sync_threshold', [3, 50], undefined);
  await sysctls.set('est_cpulist', '', undefined);
  await sysctls.set('est_nice', -20, undefined);
  t.deepEqual(
    handle.asked.map(({ kind, what, texts }) => [kind, ...what, ...(texts ?? [])]),
    [
      ['writeFile', places.settings, 'sync_threshold', '3 50'],
      ['writeFile', places.settings, 'est_cpulist', ''],
      ['writeFile', places.settings, 'est_nice', '-20'],
    ],
  );
});

test('nothing is asked of the kernel for a name or value that makes no sense', async (t) => {
  const { handle, sysctls } = makeCalls();
  const set = (name: unknown, value: unknown) =>
    sysctls.set(name as SysctlName, value as never, undefined);
  const value = await t.throwsAsync(set('drop_entry', 4), { instanceOf: InvalidValueError });
  t.is(value?.message, 'drop_entry: expected a whole number from 0 to 3, got 4');
  const name = await t.throwsAsync(set('../drop_entry', 1), { instanceOf: InvalidValueError });
  t.regex(String(name?.message), /^name: expected the name of a sysctl/);
  await t.throwsAsync(set('drop_entry', '1'), { instanceOf: InvalidValueError });
  t.deepEqual(handle.asked, []);
});

/** What is answered to the write, to the look for a file of IPVS, and to the look for other sysctls. */
const refuses = test.macro(
  async (
    t,
    name: string,
    given: readonly Parameters<ScriptedHandle['answer']>[0][],
    code: string,
    missing: string | undefined,
    reason: RegExp,
  ) => {
    const { handle, sysctls } = makeCalls();
    const setting = sysctls.set(name as SysctlName, 1 as never, undefined);
    await answers(handle, ...given);
    const error = (await t.throwsAsync(setting, { instanceOf: IpvsError, code })) as IpvsError;
    t.is(error.operation, 'set-sysctl');
    t.is(error.target, name);
    t.is(error.missing, missing as typeof error.missing);
    t.regex(error.reason, reason);
  },
);

const there = [absent, textBatch(''), textBatch('drop_entry\t0\n')];
test(
  'since which kernel',
  refuses,
  'run_estimation',
  there,
  'ENOENT',
  'sysctl',
  /net\.ipv4\.vs\.run_estimation: it came with Linux 5\.16/,
);
test('with which option', refuses, 'conntrack', there, 'ENOENT', 'sysctl', /CONFIG_IP_VS_NFCT/);
test(
  'with which module',
  refuses,
  'lblc_expiration',
  there,
  'ENOENT',
  'sysctl',
  /ip_vs_lblc is loaded/,
);
test(
  'one that all have',
  refuses,
  'drop_entry',
  there,
  'ENOENT',
  'sysctl',
  /^there is no net\.ipv4\.vs\.drop_entry$/,
);
test(
  'an empty folder',
  refuses,
  'drop_entry',
  [absent, textBatch(''), textBatch('')],
  'ENOENT',
  'sysctl',
  /has sysctls of IPVS from Linux 6\.10 on/,
);
test(
  'no sysctls',
  refuses,
  'drop_entry',
  [absent, textBatch(''), absent],
  'ENOENT',
  'sysctl',
  /has sysctls of IPVS from Linux 6\.10 on/,
);
test('no IPVS', refuses, 'drop_entry', [absent, absent], 'ENOENT', 'ipvs', /modprobe ip_vs/);
test(
  'read-only',
  refuses,
  'drop_entry',
  [failure(13)],
  'EACCES',
  undefined,
  /may not be written: that needs root or CAP_NET_ADMIN/,
);
test(
  'a guarded one',
  refuses,
  'est_nice',
  [failure(13)],
  'EACCES',
  undefined,
  /from Linux 6\.10 on it can only be read/,
);
test(
  'the global one',
  refuses,
  'debug_level',
  [failure(1)],
  'EPERM',
  undefined,
  /first network namespace/,
);
test(
  'a read-only /proc',
  refuses,
  'drop_entry',
  [failure(30)],
  'EROFS',
  undefined,
  /mounted read-only/,
);
test('too many seconds', refuses, 'sync_refresh_period', [failure(22)], 'EINVAL', undefined, /HZ/);
test(
  'a value it does not know',
  refuses,
  'drop_entry',
  [failure(22)],
  'EINVAL',
  undefined,
  /does not take the value/,
);
test(
  'no descriptor left',
  refuses,
  'drop_entry',
  [failure(24)],
  'EMFILE',
  undefined,
  /no file descriptor is left/,
);

test('a name that neither the library nor the kernel knows is a mistake of the caller', async (t) => {
  const { handle, sysctls } = makeCalls();
  const setting = sysctls.set('drop_entri' as SysctlName, 1, undefined);
  await answers(handle, ...there);
  const error = await t.throwsAsync(setting, { instanceOf: InvalidValueError });
  t.is(error?.path, 'name');
  const later = sysctls.set('brand_new' as SysctlName, 5, undefined);
  await answers(handle, emptyBatch);
  t.is(await later, undefined);
});

test('a namespace can have no sysctls, and a kernel without IPVS has none at all', async (t) => {
  const { handle, sysctls } = makeCalls();
  const empty = sysctls.list(undefined);
  await answers(handle, emptyBatch);
  t.deepEqual(await empty, {});
  const other = sysctls.list(undefined);
  await answers(handle, absent, textBatch(''));
  t.deepEqual(await other, {});
  const none = sysctls.list(undefined);
  await answers(handle, absent, absent);
  t.is(((await t.throwsAsync(none, { code: 'ENOENT' })) as IpvsError).missing, 'ipvs');
});

import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { throwingReport } from '#lib/model/report.js';
import { checkSysctl, readSysctl, sysctlNames } from '#lib/model/sysctls.js';
import { refusesWith } from './_model-macros.js';

const writes = test.macro({
  exec: (t: ExecutionContext, name: string, value: unknown, text: string) =>
    t.is(checkSysctl(name, value, throwingReport, ''), text),
  title: (_, name, value) => `${name} can be ${inspect(value)}`,
});

const bounds: readonly (readonly [names: string, lowest: number, highest: number])[] = [
  ['backup_only cache_bypass conntrack expire_nodest_conn expire_quiescent_template', 0, 1],
  ['ignore_tunneled nat_icmp_send pmtu_disc run_estimation schedule_icmp sloppy_sctp', 0, 1],
  ['sloppy_tcp snat_reroute sync_persist_mode sync_version', 0, 1],
  ['conn_reuse_mode drop_entry drop_packet secure_tcp sync_retries', 0, 3],
  ['am_droprate amemthresh debug_level sync_sock_size', 0, 2147483647],
  ['lblc_expiration lblcr_expiration sync_refresh_period', 0, 21474836],
  ['conn_lfactor svc_lfactor', -8, 8],
  ['est_nice', -20, 19],
  ['conn_max', 0, 1073741824],
  ['not_known_yet', -2147483648, 2147483647],
];

for (const [names, lowest, highest] of bounds) {
  for (const name of names.split(' ')) {
    test(`${name} is a whole number from ${lowest} to ${highest}`, (t) => {
      for (const value of [lowest, highest, 0, 1]) {
        t.is(checkSysctl(name, value, throwingReport, ''), String(value));
        t.is(readSysctl(name, String(value)), value);
      }
      t.is(checkSysctl(name, -0, throwingReport, ''), '0');
      for (const value of [
        lowest - 1,
        highest + 1,
        0.5,
        Number.NaN,
        '1',
        1n,
        true,
        null,
        undefined,
      ]) {
        t.throws(() => checkSysctl(name, value, throwingReport, ''), {
          code: 'ERR_IPVS_INVALID_VALUE',
          message: new RegExp(`^${name}: expected `),
        });
      }
    });
  }
}

test('every sysctl has its bounds among these tests', (t) => {
  const others = ['est_cpulist', 'sync_ports', 'sync_qlen_max', 'sync_threshold'];
  const named = new Set([...bounds.flatMap(([names]) => names.split(' ')), ...others]);
  t.deepEqual(
    sysctlNames.filter((name) => !named.has(name)),
    [],
  );
});

test(writes, 'sync_ports', 1, '1');
test(writes, 'sync_ports', 32, '32');
test(writes, 'sync_ports', 64, '64');
test(writes, 'sync_qlen_max', 0, '0');
test(writes, 'sync_qlen_max', Number.MAX_SAFE_INTEGER, '9007199254740991');
test(writes, 'sync_qlen_max', '0', '0');
test(writes, 'sync_qlen_max', '18446744073709551615', '18446744073709551615');
test(writes, 'sync_threshold', '3 50', '3 50');
test(writes, 'sync_threshold', ' 3\t50 ', '3 50');
test(writes, 'sync_threshold', [3, 50], '3 50');
test(writes, 'sync_threshold', '0 0', '0 0');
test(writes, 'sync_threshold', [2147483647, 0], '2147483647 0');
test(writes, 'sync_threshold', [2147483646, 2147483647], '2147483646 2147483647');
test(writes, 'est_cpulist', '', '');
test(writes, 'est_cpulist', '0', '0');
test(writes, 'est_cpulist', '0-3,8', '0-3,8');
test(writes, 'est_cpulist', 'all', 'all');
test(writes, 'est_cpulist', '0,1-N:1/2', '0,1-N:1/2');
test(writes, 'est_cpulist', 'all:0/4', 'all:0/4');
test(writes, 'est_cpulist', 'N', 'N');

const refuses = refusesWith((input, report) => {
  const [name, value] = input as readonly [unknown, unknown];
  return checkSysctl(name, value, report, '');
});
const ports = 'a power of two from 1 to 64';
const length =
  'a whole number from 0 to 9007199254740991, or the decimal text of one up to 18446744073709551615';
const pair =
  'two whole numbers from 0 to 2147483647 such as "3 50" or [3, 50], the first below the second unless that is 0';
const cpus = 'a list of CPUs such as "0-3,8", "0-N", "all" or "0-N:1/2", or empty text for none';

for (const value of [0, 3, 63, 65, 128, -1, '1']) {
  test(refuses, ['sync_ports', value], ['E_SYSCTL', '/sync_ports', ports]);
}
for (const value of [
  -1,
  0.5,
  Number.MAX_SAFE_INTEGER + 1,
  '-1',
  '18446744073709551616',
  '99999999999999999999',
  '01',
  ' 1',
  '1e3',
  '',
  1n,
]) {
  test(refuses, ['sync_qlen_max', value], ['E_SYSCTL', '/sync_qlen_max', length]);
}
for (const value of [
  3,
  '3',
  '3 50 7',
  '3,50',
  '50 3',
  '3 3',
  '-1 5',
  '2147483648 0',
  '2147483647 2147483648',
  [3],
  [3, 50, 7],
  ['3', '50'],
  [3, 2],
  [0.5, 1],
  null,
]) {
  test(refuses, ['sync_threshold', value], ['E_SYSCTL', '/sync_threshold', pair]);
}
for (const value of [
  0,
  ' 0',
  '0,',
  ',',
  '0 1',
  '3-1',
  '0-',
  '-1',
  '0-N:3/2',
  '0-N:1/0',
  '0:1',
  'none',
  'a',
  '0\n',
]) {
  test(refuses, ['est_cpulist', value], ['E_SYSCTL', '/est_cpulist', cpus]);
}

const name = 'the name of a sysctl of IPVS, such as expire_nodest_conn';
for (const value of ['', 'Drop_Entry', '../drop_entry', 'a/b', '.', '..', 'a\0', 'a b', 5, null]) {
  test(refuses, [value, 1], ['E_SYSCTL', '/name', name]);
}

test('a list of CPUs has an end', (t) => {
  const list = (length: number) => Array.from({ length }, () => 0).join();
  t.is(checkSysctl('est_cpulist', list(2048), throwingReport, ''), list(2048));
  t.throws(() => checkSysctl('est_cpulist', list(2049), throwingReport, ''));
});

test('what every object has is no name of a sysctl', (t) => {
  t.is(checkSysctl('constructor', 5, throwingReport, ''), '5');
  t.is(readSysctl('constructor', '5'), 5);
});

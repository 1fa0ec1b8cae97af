import test from 'ava';
import type { Document } from 'ipvs';
import { lines, notes, operation, plan } from './_plan.js';

type Sysctls = NonNullable<Document['sysctls']>;

const sysctls = test.macro({
  exec(
    t,
    wanted: Sysctls,
    actual: Readonly<Record<string, number | string>>,
    changed: readonly string[],
  ) {
    const made = plan({ rest: { sysctls: wanted }, actual: { sysctls: actual } });
    t.deepEqual(
      lines(made),
      changed.map((name) => `settings set-sysctl ${name}`),
    );
    t.deepEqual(notes(made), []);
  },
  title: (_, wanted: Sysctls, actual: object) =>
    `${JSON.stringify(wanted)} where ${JSON.stringify(actual)}`,
});

test(sysctls, { expire_nodest_conn: 1 }, { expire_nodest_conn: 0, conn_reuse_mode: 1 }, [
  'expire_nodest_conn',
]);
test(sysctls, { expire_nodest_conn: 1 }, { expire_nodest_conn: 1 }, []);
test(
  sysctls,
  { sync_ports: 2, expire_nodest_conn: 1, am_droprate: 3 },
  { sync_ports: 1, expire_nodest_conn: 0, am_droprate: 10 },
  ['am_droprate', 'expire_nodest_conn', 'sync_ports'],
);
test(sysctls, { sync_threshold: [3, 50] }, { sync_threshold: '3 50' }, []);
test(sysctls, { sync_threshold: [3, 50] }, { sync_threshold: '3\t50' }, []);
test(sysctls, { sync_threshold: '3   50' }, { sync_threshold: '3 51' }, ['sync_threshold']);
test(
  sysctls,
  { sync_qlen_max: '18446744073709551615' },
  { sync_qlen_max: '18446744073709551615' },
  [],
);
test(sysctls, { sync_qlen_max: 5 }, { sync_qlen_max: '5' }, []);
test(sysctls, { est_cpulist: '' }, { est_cpulist: '0-3' }, ['est_cpulist']);
test(sysctls, { drop_entry: 1 }, { drop_entry: 2 }, []);
test(sysctls, { drop_entry: 2 }, { drop_entry: 1 }, []);
test(sysctls, { drop_packet: 1, secure_tcp: 2 }, { drop_packet: 2, secure_tcp: 1 }, []);
test(sysctls, { drop_entry: 1 }, { drop_entry: 0 }, ['drop_entry']);
test(sysctls, { drop_entry: 3 }, { drop_entry: 2 }, ['drop_entry']);
test(sysctls, { conn_reuse_mode: 1 }, { conn_reuse_mode: 2 }, ['conn_reuse_mode']);
test(sysctls, {}, {}, []);

test('what a setting was and will be', (t) => {
  const made = plan({
    rest: { sysctls: { drop_entry: 3 } },
    actual: { sysctls: { drop_entry: 0 } },
  });
  const { before, after, fields, address } = operation(made, 'settings set-sysctl drop_entry');
  t.is(address, 'drop_entry');
  t.deepEqual(before as object, { name: 'drop_entry', value: 0 });
  t.deepEqual(after as object, { name: 'drop_entry', value: 3 });
  t.deepEqual(fields, [{ path: 'drop_entry', before: 0, after: 3 }]);
});

test('a kernel without a sysctl', (t) => {
  const { diagnostics, operations } = plan({
    rest: { sysctls: { of_a_later_kernel: 1, est_nice: 0, drop_entry: 3 } },
    actual: { sysctls: { drop_entry: 0 } },
  });
  t.deepEqual(
    diagnostics.map(
      ({ code, severity, address, path }) => [code, severity, address, path] as unknown[],
    ),
    [
      ['E_SYSCTL', 'error', 'est_nice', '/sysctls/est_nice'],
      ['E_SYSCTL', 'error', 'of_a_later_kernel', '/sysctls/of_a_later_kernel'],
    ],
  );
  t.regex(diagnostics[0]?.message ?? '', /Linux 6\.2/);
  t.is(operations.length, 1);
});

const timeouts = { tcp: 900, tcpFin: 120, udp: 300 };

test('timeouts are compared and sent together', (t) => {
  const made = plan({ rest: { timeouts: { udp: 60, tcp: 900 } }, actual: { timeouts } });
  const { before, after, fields } = operation(made, 'settings set-timeouts timeouts');
  t.deepEqual(before as object, timeouts);
  t.deepEqual(after as object, { ...timeouts, udp: 60 });
  t.deepEqual(fields, [{ path: 'udp', before: 300, after: 60 }]);
  t.deepEqual(lines(plan({ rest: { timeouts }, actual: { timeouts } })), []);
});

test('what the document does not name is not managed', (t) => {
  t.deepEqual(lines(plan({ actual: { timeouts, sysctls: { drop_entry: 3 } } })), []);
});

test('what was not read cannot be compared', (t) => {
  for (const rest of [{ sysctls: { drop_entry: 1 } }, { timeouts }] as const) {
    const [error] = plan({ rest }).diagnostics;
    t.is(error?.code, 'E_UNSUPPORTED');
    t.is(error?.path, `/${Object.keys(rest)[0]}`);
  }
  t.deepEqual(plan({ rest: { sysctls: {} } }).diagnostics, []);
});

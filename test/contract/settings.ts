import test from 'ava';
import { refuses } from '../kernel/_expect.js';
import type { MakeSubject } from './subject.js';

/** Every kernel has these, and they begin with these values. */
const initial = {
  am_droprate: 10,
  cache_bypass: 0,
  conn_reuse_mode: 1,
  drop_entry: 0,
  expire_nodest_conn: 0,
  expire_quiescent_template: 0,
  lblc_expiration: 86400,
  nat_icmp_send: 0,
  pmtu_disc: 1,
  sync_ports: 1,
  sync_threshold: '3 50',
  sync_version: 1,
};

/** Declares the tests of what a backend does with timeouts and sysctls. */
export function declareSettings(make: MakeSubject): void {
  test('timeouts are set together or one by one', async (t) => {
    const { backend } = await make(t);
    t.deepEqual(await backend.timeouts(), { tcp: 900, tcpFin: 120, udp: 300 });
    await backend.setTimeouts({ tcpFin: 33 });
    t.deepEqual(await backend.timeouts(), { tcp: 900, tcpFin: 33, udp: 300 });
    await backend.setTimeouts({ tcp: 2_147_483, tcpFin: 2, udp: 1 });
    t.deepEqual(await backend.timeouts(), { tcp: 2_147_483, tcpFin: 2, udp: 1 });
    for (const wrong of [{}, { tcp: 0 }, { udp: 21_474_837 }, { tcp: 1, sctp: 1 }]) {
      const call = backend.setTimeouts(wrong);
      await t.throwsAsync(call, { code: 'ERR_IPVS_INVALID_VALUE' });
    }
    t.deepEqual(await backend.timeouts(), { tcp: 2_147_483, tcpFin: 2, udp: 1 });
  });

  test('sysctls read back as they were set', async (t) => {
    const { backend } = await make(t);
    t.like(await backend.sysctls(), initial);
    await backend.setSysctl('expire_nodest_conn', 1);
    await backend.setSysctl('drop_entry', 3);
    await backend.setSysctl('sync_threshold', '5\t7');
    await backend.setSysctl('sync_qlen_max', '9007199254740992');
    t.like(await backend.sysctls(), {
      ...initial,
      expire_nodest_conn: 1,
      drop_entry: 3,
      sync_threshold: '5 7',
      sync_qlen_max: '9007199254740992',
    });
    const names = Object.keys(await backend.sysctls());
    t.deepEqual(names, names.toSorted());
  });

  test('what a sysctl does not take is told before anything is sent', async (t) => {
    const { backend } = await make(t);
    const before = await backend.sysctls();
    for (const [name, value] of [
      ['expire_nodest_conn', 2],
      ['sync_threshold', '3 3'],
      ['sync_ports', 3],
      ['drop_entry', '1'],
    ] as const) {
      const call = backend.setSysctl(name, value);
      await t.throwsAsync(call, { code: 'ERR_IPVS_INVALID_VALUE' });
    }
    for (const name of ['drop_entri', '', '../vs/drop_entry']) {
      const call = backend.setSysctl(name, 1);
      const error = await t.throwsAsync(call, { code: 'ERR_IPVS_INVALID_VALUE' });
      t.is((error as unknown as { path: string }).path, 'name');
    }
    t.deepEqual(await backend.sysctls(), before);
  });

  test('a sysctl that this kernel does not have is told with what has it', async (t) => {
    const { backend } = await make(t);
    const listed = await backend.sysctls();
    for (const name of ['est_nice', 'conn_lfactor', 'svc_lfactor', 'conn_max']) {
      if (name in listed) {
        t.is(typeof listed[name], 'number');
        continue;
      }
      await refuses(t, backend.setSysctl(name, 0), {
        code: 'ENOENT',
        operation: 'set-sysctl',
        target: name,
        missing: 'sysctl',
        reason: /^there is no net\.ipv4\.vs\.\w+: it came with Linux \d\.\d+$/,
      });
    }
  });
}

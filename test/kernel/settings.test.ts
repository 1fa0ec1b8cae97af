import { refuses } from './_expect.js';
import { overEach } from './_transports.js';

overEach(
  'the version and the size of the connection table are those that the kernel prints',
  async (t, makeNamespace) => {
    const { ipvs, run } = await makeNamespace(t);
    const { version, connectionTableSize } = await ipvs.info();
    const [header] = (await run('cat', '/proc/net/ip_vs')).split('\n');
    t.is(header, `IP Virtual Server version ${version} (size=${connectionTableSize})`);
  },
);

overEach(
  'timeouts are read, set together or one by one, and belong to their namespace',
  async (t, makeNamespace) => {
    const { ipvs, ipvsadm } = await makeNamespace(t);
    const other = await makeNamespace(t);
    t.deepEqual(await ipvs.timeouts(), { tcp: 900, tcpFin: 120, udp: 300 });
    await ipvs.setTimeouts({ tcpFin: 33 });
    t.deepEqual(await ipvs.timeouts(), { tcp: 900, tcpFin: 33, udp: 300 });
    await ipvs.setTimeouts({ tcp: 1, tcpFin: 2, udp: 3 });
    t.deepEqual(await ipvs.timeouts(), { tcp: 1, tcpFin: 2, udp: 3 });
    t.is(await ipvsadm('-Ln', '--timeout'), 'Timeout (tcp tcpfin udp): 1 2 3\n');
    t.deepEqual(await other.ipvs.timeouts(), { tcp: 900, tcpFin: 120, udp: 300 });
  },
);

overEach(
  'a timeout above what this kernel can hold is refused and changes nothing',
  async (t, makeNamespace) => {
    const { ipvs } = await makeNamespace(t);
    // The most any kernel can hold; whether this one can depends on its HZ.
    const most = 21_474_836;
    await t.throwsAsync(ipvs.setTimeouts({ tcp: most + 1 }), { code: 'ERR_IPVS_INVALID_VALUE' });
    t.deepEqual(await ipvs.timeouts(), { tcp: 900, tcpFin: 120, udp: 300 });
    try {
      await ipvs.setTimeouts({ tcp: most, udp: 5 });
      t.deepEqual(await ipvs.timeouts(), { tcp: most, tcpFin: 120, udp: 5 });
    } catch {
      await refuses(t, ipvs.setTimeouts({ tcp: most }), {
        code: 'EINVAL',
        operation: 'set-timeouts',
        reason: /HZ/,
      });
      t.deepEqual(await ipvs.timeouts(), { tcp: 900, tcpFin: 120, udp: 300 });
    }
  },
);

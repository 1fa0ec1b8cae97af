import { existsSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { Ipvs, IpvsError } from 'ipvs';
import { refuses } from './_expect.js';
import { labModprobe, replaceModprobe, run, unloadIpvs } from './_modprobe.js';
import { transports } from './_transports.js';

const service = { protocol: 'tcp', address: '10.70.0.1', port: 80, scheduler: 'rr' } as const;

test.serial('a handle survives the module being unloaded and loaded again', async (t) => {
  await using ipvs = await Ipvs.open();
  await ipvs.addService(service);
  await ipvs.flush();
  // Loaded again, the family has another number than the handle knows.
  for (let round = 0; round < 3; round += 1) {
    await unloadIpvs(t);
    await run(labModprobe(), ['ip_vs']);
    const outcomes = await Promise.allSettled([
      ipvs.addService(service),
      ipvs.addService({ ...service, port: 81 }),
      ipvs.addService(service),
      ipvs.removeService({ ...service, port: 82 }),
    ]);
    t.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'done')),
      ['done', 'done', 'EEXIST', 'ESRCH'],
    );
    t.is((await ipvs.listServices()).length, 2);
    await ipvs.flush();
  }
});

test.serial('reads find the family again, too', async (t) => {
  await using ipvs = await Ipvs.open();
  const { version } = await ipvs.info();
  for (const read of [
    () => ipvs.info(),
    () => ipvs.timeouts(),
    () => ipvs.listServices(),
    () => ipvs.getService(service),
  ]) {
    await unloadIpvs(t);
    await run(labModprobe(), ['ip_vs']);
    await t.notThrowsAsync(read());
  }
  t.is((await ipvs.info()).version, version);
});

test.serial(
  'where the module is gone and cannot be loaded, the error says how to load it',
  async (t) => {
    await using ipvs = await Ipvs.open();
    const modprobe = labModprobe();
    await unloadIpvs(t);
    const restore = replaceModprobe(t, 'exit 1');
    const gone = { code: 'ENOENT', missing: 'ipvs', reason: /modprobe ip_vs/ } as const;
    await refuses(t, ipvs.listServices(), { ...gone, operation: 'list-services' });
    await refuses(t, ipvs.addService(service), {
      ...gone,
      operation: 'add-service',
      target: 'tcp/10.70.0.1:80',
    });
    await refuses(t, Ipvs.open(), { ...gone, operation: 'open' });
    await refuses(t, ipvs.totals(), { ...gone, operation: 'get-totals' });
    await refuses(t, ipvs.cpuTotals(), { ...gone, operation: 'get-cpu-totals' });
    await refuses(t, ipvs.applications(), { ...gone, operation: 'list-applications' });
    await refuses(t, ipvs.status(), { ...gone, operation: 'get-status' });
    await refuses(t, ipvs.watchStats(1000).next(), { ...gone, operation: 'get-totals' });
    await refuses(t, ipvs.sysctls(), { ...gone, operation: 'get-sysctls' });
    await refuses(t, ipvs.setSysctl('drop_entry', 1), {
      ...gone,
      operation: 'set-sysctl',
      target: 'drop_entry',
    });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 600 }, (_, index) => ipvs.addService({ ...service, port: index + 1 })),
    );
    t.true(outcomes.every(({ status }) => status === 'rejected'));
    await refuses(t, ipvs.connections().next(), {
      code: 'ENOENT',
      operation: 'list-connections',
      reason: /^there is no \/proc\/thread-self\/net\/ip_vs_conn: the module ip_vs is not loaded/,
    });
    restore();
    await run(modprobe, ['ip_vs']);
    t.deepEqual(await ipvs.listServices(), []);
    t.deepEqual(await ipvs.connections().next(), { done: true, value: undefined });
  },
);

test.serial(
  'the socket options are gone with the module, do not load it, and are back with it',
  async (t) => {
    await using ipvs = await Ipvs.open({ transport: 'sockopt' });
    await unloadIpvs(t);
    const gone = { code: 'ENOENT', missing: 'ipvs', reason: /modprobe ip_vs/ } as const;
    await refuses(t, ipvs.listServices(), { ...gone, operation: 'list-services' });
    await refuses(t, ipvs.addService(service), {
      ...gone,
      operation: 'add-service',
      target: 'tcp/10.70.0.1:80',
    });
    await refuses(t, Ipvs.open({ transport: 'sockopt' }), { ...gone, operation: 'open' });
    await run(labModprobe(), ['ip_vs']);
    await ipvs.addService(service);
    t.is((await ipvs.listServices()).length, 1);
    await ipvs.flush();
  },
);

for (const transport of transports) {
  test.serial(
    `a request that the kernel holds back is given up in time, and the handle goes on afterwards (${transport})`,
    async (t) => {
      await using ipvs = await Ipvs.open({ timeout: 400, transport });
      // The kernel looks for the module of an unknown scheduler inside the request.
      const restore = replaceModprobe(t, 'sleep 3; exit 1');
      const started = Date.now();
      const stuck = ipvs.addService({ ...service, scheduler: 'slow' });
      const behind = ipvs.listServices();
      const error = await refuses(t, stuck, {
        code: 'ETIMEDOUT',
        operation: 'add-service',
        target: 'tcp/10.70.0.1:80',
        reason: /no answer within 400 ms/,
      });
      await t.throwsAsync(behind, { instanceOf: IpvsError, code: 'ETIMEDOUT' });
      // The kernel itself answers only when the script has ended.
      t.true(Date.now() - started < 2500, `${Date.now() - started} ms: ${error.message}`);
      restore();
      let services: unknown;
      for (let round = 0; services === undefined && round < 20; round += 1) {
        services = await ipvs.listServices().catch(() => undefined);
      }
      t.deepEqual(services, []);
    },
  );

  test.serial(`closing leaves undone what has not been sent (${transport})`, async (t) => {
    const ipvs = await Ipvs.open({ transport });
    await ipvs.addService(service); // loads the scheduler of the others
    await ipvs.removeService(service);
    // While the kernel looks for the module of the first one's scheduler, the first batch is inside it and no other is sent.
    const restore = replaceModprobe(t, 'sleep 3; exit 1');
    const count = 2000;
    const outcomes = Promise.allSettled(
      Array.from({ length: count }, (_, index) =>
        ipvs.addService({ ...service, port: index + 1, scheduler: index === 0 ? 'slow' : 'rr' }),
      ),
    );
    await nextTurn();
    await ipvs.close();
    restore();
    const codes = (await outcomes).map((outcome) =>
      outcome.status === 'rejected' ? outcome.reason.code : 'done',
    );
    t.deepEqual(new Set(codes), new Set(['ERR_IPVS_CLOSED']));
    await using other = await Ipvs.open();
    const left = (await other.listServices()).length;
    await other.flush();
    t.true(left < 256, `${left} services`);
  });
}

/** Unloads the module `dummy`; says whether there is one. */
async function unloadDummy(): Promise<boolean> {
  await run('rmmod', ['dummy']).catch(() => {});
  return !existsSync('/sys/module/dummy');
}

test.serial('a dummy that comes with its module is taken as it is', async (t) => {
  await using ipvs = await Ipvs.open();
  const modular = await unloadDummy();
  const restore = replaceModprobe(t, `exec ${labModprobe()} dummy numdummies=1`);
  t.deepEqual(await ipvs.ensureDummy('dummy0'), { created: !modular });
  restore();
  t.deepEqual(await ipvs.listAddresses('dummy0'), []);
  await ipvs.removeDummy('dummy0');
  await t.throwsAsync(ipvs.listAddresses('dummy0'), { code: 'ENODEV' });
});

test.serial('where the kernel has no dummies, the error says how to load them', async (t) => {
  await using ipvs = await Ipvs.open();
  const modular = await unloadDummy();
  const modprobe = labModprobe();
  const restore = replaceModprobe(t, 'exit 1');
  if (modular) {
    await refuses(t, ipvs.ensureDummy('ipvs0'), {
      code: 'ENOTSUP',
      operation: 'ensure-dummy',
      target: 'ipvs0',
      reason: /modprobe dummy.*the kernel says: Unknown device type/,
    });
    await run(modprobe, ['dummy']);
  }
  restore();
  t.deepEqual(await ipvs.ensureDummy('ipvs0'), { created: true });
  await ipvs.removeDummy('ipvs0');
});

import { once } from 'node:events';
import test from 'ava';
import { ApplyError, diff, Ipvs, IpvsError, normalize, Reconciler, reconcile } from 'ipvs';
import { makeDirector } from './_director.js';
import { eventually } from './_eventually.js';
import { labModprobe, replaceModprobe, run, unloadIpvs } from './_modprobe.js';

const document = {
  version: 1,
  services: [
    {
      protocol: 'tcp',
      address: '10.71.0.1',
      port: 80,
      scheduler: 'rr',
      destinations: [{ address: '10.71.1.1' }, { address: '10.71.1.2', weight: 2 }],
    },
    { fwmark: 71, scheduler: 'wrr', destinations: [{ address: '10.71.1.1', port: 80 }] },
  ],
} as const;
const desired = normalize(document);
const options = { drain: { mode: 'immediate' } } as const;

test.serial(
  'reconcile says when the module is gone, and makes everything anew when it is back',
  async (t) => {
    await using ipvs = await Ipvs.open();
    const plan = diff(desired, await ipvs.snapshot(), options);
    await unloadIpvs(t);
    const modprobe = labModprobe();
    const restore = replaceModprobe(t, 'exit 1');
    for (const call of [() => reconcile(ipvs, desired, options), () => ipvs.snapshot()]) {
      const error = await t.throwsAsync(call(), { any: true });
      t.regex(String(error), /modprobe ip_vs/);
    }
    // A plan that was made before finds nothing to work on; it is not half done, but refused as a whole.
    for (const stale of ['force', 'replan'] as const) {
      const error = await t.throwsAsync(ipvs.apply(plan, { stale }), { instanceOf: ApplyError });
      t.is(error?.code, 'E_MODULE');
    }
    restore();
    await run(modprobe, ['ip_vs']);
    const report = await ipvs.apply(plan);
    t.true(report.ok && report.converged);
    t.deepEqual(diff(desired, await ipvs.snapshot(), options).operations, []);
    await ipvs.flush();
  },
);

test.serial('a Reconciler lives through the module going and coming back', async (t) => {
  await using ipvs = await Ipvs.open();
  // It looks when it is told to: what it puts back holds the module.
  const reconciler = new Reconciler(ipvs, { ...options, minInterval: 50 });
  t.teardown(() => reconciler.stop());
  reconciler.setDesired(document);
  const converged = once(reconciler, 'converged');
  reconciler.start();
  await converged;

  const modprobe = labModprobe();
  const restore = replaceModprobe(t, 'exit 1');
  await ipvs.flush();
  await unloadIpvs(t);
  reconciler.trigger();
  const failed = await eventually(
    async () => reconciler.status.lastError,
    (error) => error !== undefined,
  );
  t.regex(String(failed), /modprobe ip_vs/);
  restore();
  await run(modprobe, ['ip_vs']);
  // It tries again by itself.
  const left = await eventually(
    async () => diff(desired, await ipvs.snapshot(), options).operations.length,
    (count) => count === 0,
  );
  t.is(left, 0);
  await reconciler.stop();
  await ipvs.flush();
});

test.serial('statistics are watched on after the module was gone and came back', async (t) => {
  await using ipvs = await Ipvs.open();
  const watch = ipvs.watchStats(1000);
  t.deepEqual((await watch.next()).value?.services, []);
  await unloadIpvs(t);
  await run(labModprobe(), ['ip_vs']);
  const { value } = await watch.next();
  t.deepEqual(value?.services, []);
  t.true((value?.totals.connections ?? -1n) >= 0n);
  await watch.return();
});

test.serial(
  'a list of connections that is being read when the module goes ends with an error that says so',
  async (t) => {
    const director = await makeDirector(t);
    await director.tellLargeTable(20_000);
    const listing = director.ipvs.connections();
    t.false((await listing.next()).done);
    await director.ipvs.stopSyncDaemon('backup');
    await director.ipvs.flush();
    await unloadIpvs(t);
    let read = 0;
    const error = await t.throwsAsync(
      async () => {
        for await (const _ of listing) read += 1;
      },
      { instanceOf: IpvsError },
    );
    t.like(error, { code: 'EIO', operation: 'list-connections' });
    t.regex(error?.reason ?? '', /the module that it belongs to has been unloaded meanwhile$/);
    t.true(read < 20_000);
    await run(labModprobe(), ['ip_vs']);
    t.deepEqual(await director.ipvs.connections().next(), { done: true, value: undefined });
  },
);

import test from 'ava';
import { type ApplyError, PlanError, Reconciler } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';
import { documentOf, keep, kept } from './_reconcilers.js';
import {
  isReached,
  kernelWith,
  mail,
  mailId,
  type Services,
  to,
  turning,
  web,
  webId,
  weights,
  writes,
} from './_runs.js';

const both: Services = [{ ...web, destinations: to(1, 2) }];
const broken: Services = [...both, { ...mail, scheduler: 'twos', destinations: to(1) }];

test('a service that fails is tried again later and later, others are looked after', async (t) => {
  const kernel = await kernelWith();
  const { reconciler, heard } = keep(t, kernel);
  reconciler.setDesired(documentOf(broken));
  reconciler.start();
  await kernel.clock.advance(1_500_000);
  const tries = kernel.calls.filter(
    ({ operation, target }) => operation === 'add-service' && target === mailId,
  );
  const gaps = tries.slice(1).map(({ at }, index) => at - (tries[index]?.at ?? 0));
  const least = [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000];
  for (const [index, gap] of gaps.entries()) {
    const expected = least[index] ?? 300_000;
    t.true(gap >= expected && gap <= expected + 1100, `${gap} after ${expected}`);
  }
  t.true(gaps.length >= 10);
  t.is(heard.error.length, tries.length);
  t.like(heard.error[0]?.[0], { name: 'ApplyError', code: 'E_SCHEDULER_NOT_FOUND' });
  t.regex(String(heard.error[0]?.[0]), /add-service tcp\/10\.9\.0\.2:25/);
  t.deepEqual(await weights(kernel), ['10.2.0.1 1', '10.2.0.2 1']);
  t.false(reconciler.status.converged);
  t.deepEqual(Object.keys(reconciler.status.backedOff), [mailId]);
  t.deepEqual(reconciler.record?.services as unknown, [webId]);
  t.deepEqual(heard.converged, []);
  t.deepEqual(heard.drift, []);
});

test('success resets: the next failure is the first again', async (t) => {
  const kernel = await kernelWith();
  const { reconciler, heard } = await kept(t, kernel, both, { resyncInterval: 5000 });
  const next: Services = [{ ...web, scheduler: 'rr', destinations: to(1, 2) }];
  const fault = kernel.inject({ operation: 'set-service', code: 'EINVAL', times: 3 });
  reconciler.setDesired(documentOf(next));
  await kernel.clock.advance(20_000);
  t.is(fault.used, 3);
  await isReached(t, kernel, next);
  t.deepEqual(reconciler.status.backedOff, {});
  t.is(reconciler.status.lastError, undefined);
  t.true(reconciler.status.converged);
  t.is(heard.converged.length, 1);
  kernel.inject({ operation: 'set-service', code: 'EINVAL' });
  await kernel.other.setService({ ...web, scheduler: 'lc' });
  reconciler.trigger();
  await kernel.clock.advance(60);
  t.not(reconciler.status.lastError, undefined);
  t.is(Object.values(reconciler.status.backedOff)[0], kernel.clock.now() + 990);
  await kernel.clock.advance(3000);
  await isReached(t, kernel, next);
});

test('a service whose time comes while others are looked at is not taken for looked at', async (t) => {
  const kernel = await kernelWith(both);
  const { reconciler, heard } = await kept(t, kernel, broken, { resyncInterval: 900_000 });
  const [until = 0] = Object.values(reconciler.status.backedOff);
  heard.cycle.length = 0;
  heard.converged.length = 0;
  // The cycle begins before that time, and ends after it.
  kernel.inject({ operation: 'snapshot', delayMs: until - kernel.clock.now() });
  reconciler.trigger();
  while (heard.cycle.length === 0) await kernel.clock.advance(10);
  t.true(kernel.clock.now() >= until);
  t.false(heard.cycle[0]?.[0].converged);
  t.deepEqual(heard.converged, []);
});

test('a kernel that cannot be read is tried again later and later', async (t) => {
  const kernel = await kernelWith(both);
  const { reconciler, heard } = await kept(t, kernel, both);
  const fault = kernel.inject({ operation: 'snapshot', code: 'EIO', times: 6 });
  reconciler.trigger();
  await kernel.clock.advance(10_000);
  t.false(reconciler.status.converged);
  t.like(reconciler.status.lastError, { code: 'EIO' });
  for (let each = 0; each < 100; each += 1) reconciler.trigger();
  await kernel.clock.advance(10_000);
  const reads = kernel.calls.filter(({ operation }) => operation === 'snapshot');
  const gaps = reads.slice(1).map(({ at }, index) => at - (reads[index]?.at ?? 0));
  t.deepEqual(gaps, [1050, 2050, 4050, 8050]);
  t.is(heard.error.length, 5);
  t.is(heard.cycle.length, 0);
  await kernel.clock.advance(100_000);
  t.is(fault.used, 6);
  t.true(reconciler.status.converged);
  t.is(reconciler.status.lastError, undefined);
  t.deepEqual(writes(kernel), []);
  kernel.inject({ operation: 'snapshot', code: 'EIO' });
  kernel.clearCalls();
  reconciler.trigger();
  await kernel.clock.advance(1200);
  t.is(kernel.calls.length > 1, true, 'after a second, as the first time');
});

test('a privilege that is missing holds everything', async (t) => {
  const kernel = await kernelWith();
  kernel.inject({ operation: 'add-service', code: 'EPERM', times: 2 });
  const { reconciler, heard } = keep(t, kernel);
  reconciler.setDesired(documentOf(both));
  reconciler.start();
  await kernel.clock.advance(10_000);
  t.deepEqual(
    heard.error.map(([error]) => (error as ApplyError).code),
    ['E_PERMISSION', 'E_PERMISSION'],
  );
  await isReached(t, kernel, both);
});

test('a plan that cannot be carried out is an error, also where it has no operations', async (t) => {
  const kernel = await kernelWith();
  const scope = { mode: 'selected', include: [{ cidr: '10.8.0.0/16' }] } as const;
  const { reconciler, heard } = keep(t, kernel, { scope });
  reconciler.setDesired(documentOf(both));
  reconciler.start();
  await kernel.clock.advance(500);
  t.true(heard.error[0]?.[0] instanceof PlanError);
  t.like(reconciler.status.lastError, { code: 'E_OUT_OF_SCOPE' });
  t.false(reconciler.status.converged);
  await kernel.clock.advance(600_000);
  const fits: Services = [{ ...web, address: '10.8.0.1', destinations: to(1) }];
  reconciler.setDesired(documentOf(fits));
  await kernel.clock.advance(100);
  await isReached(t, kernel, fits);
});

test('who keeps changing things during a run is an error, and its service is left alone', async (t) => {
  const kernel = await kernelWith();
  const { reconciler, heard } = await kept(t, kernel, both);
  for (let nth = 1; nth < 9; nth += 1) {
    kernel.before({ operation: 'list-destinations', nth }, () =>
      kernel.other.updateDestination(web, '10.2.0.1:80', { weight: 1 }),
    );
  }
  reconciler.setDesired(
    documentOf([{ ...web, destinations: [{ address: '10.2.0.1', weight: 5 }, ...to(2)] }]),
  );
  await kernel.clock.advance(700);
  t.like(heard.error[0]?.[0], { code: 'E_CONTENTION' });
  t.deepEqual(Object.keys(reconciler.status.backedOff), [webId]);
});

test('an error that nobody listens to throws nothing', async (t) => {
  const kernel = await kernelWith();
  kernel.inject({ operation: 'snapshot', code: 'EIO' });
  const reconciler = new Reconciler(kernel, { clock: kernel.clock });
  t.notThrows(() => reconciler.emit('error', new Error('somewhere else')));
  reconciler.removeAllListeners();
  reconciler.setDesired(documentOf(both));
  reconciler.start();
  await kernel.clock.advance(100);
  t.like(reconciler.status.lastError, { code: 'EIO' });
  await kernel.clock.advance(5000);
  await isReached(t, kernel, both);
  await turning(kernel, reconciler.stop());
});

test('a listener that throws does not end the work', async (t) => {
  const kernel = await kernelWith();
  const { reconciler, heard } = keep(t, kernel);
  for (const name of ['plan', 'operation', 'converged', 'cycle', 'error', 'drift'] as const) {
    reconciler.on(name, () => {
      throw new Error(`in ${name}`);
    });
  }
  reconciler.setDesired(documentOf(both));
  reconciler.start();
  await kernel.clock.advance(5000);
  await isReached(t, kernel, both);
  t.true(heard.error.some(([error]) => (error as Error).message === 'in plan'));
  await kernel.other.removeService(web);
  reconciler.trigger();
  await kernel.clock.advance(5000);
  await isReached(t, kernel, both);
});

test('a store that fails is an error, and drains go on', async (t) => {
  const kernel = await kernelWith([{ ...web, scheduler: 'rr', destinations: to(1, 2) }]);
  const drainStore = {
    load: async () => {
      throw new Error('no load');
    },
    save: async () => {
      throw new Error('no save');
    },
  };
  const { reconciler, heard } = keep(t, kernel, { drainStore });
  reconciler.setDesired(documentOf([{ ...web, scheduler: 'rr', destinations: to(2) }]));
  reconciler.start();
  await kernel.clock.advance(5000);
  t.deepEqual(await weights(kernel), ['10.2.0.2 1']);
  t.deepEqual(
    [...new Set(heard.error.map(([error]) => (error as Error).message))],
    ['no load', 'no save'],
  );
});

test('while a service is left alone that could not be made, its address is not bound', async (t) => {
  const kernel = new FakeKernel({ schedulers: ['rr'] });
  const reconciler = new Reconciler(kernel, { clock: kernel.clock, minInterval: 0 });
  t.teardown(() => turning(kernel, reconciler.stop()));
  const services = [{ ...web, scheduler: 'mh' }] as const;
  reconciler.setDesired({ version: 1, services, vips: { device: 'ipvs0' } });
  reconciler.start();
  await kernel.clock.advance(100);
  t.true(Object.hasOwn(reconciler.status.backedOff, webId));
  reconciler.trigger();
  await kernel.clock.advance(200);
  t.deepEqual(await kernel.other.listAddresses('ipvs0'), []);
});

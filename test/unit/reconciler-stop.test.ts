import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import type { DrainRecord } from 'ipvs';
import { documentOf, keep, kept } from './_reconcilers.js';
import {
  isReached,
  kernelWith,
  mail,
  type Services,
  to,
  turning,
  web,
  webId,
  weights,
  writes,
} from './_runs.js';

const both: Services = [{ ...web, scheduler: 'rr', destinations: to(1, 2) }];

test('stopped at rest: nothing sleeps, nothing is done any more', async (t) => {
  const kernel = await kernelWith();
  const { reconciler } = await kept(t, kernel, both);
  await turning(kernel, reconciler.stop());
  t.is(kernel.clock.sleeping, 0);
  t.is(reconciler.status.state, 'stopped');
  kernel.clearCalls();
  reconciler.trigger();
  reconciler.setDesired(documentOf([]));
  reconciler.start();
  await kernel.clock.advance(200_000);
  t.deepEqual(kernel.calls, []);
  await isReached(t, kernel, both);
});

test('the operation in flight is finished, the others are not begun', async (t) => {
  const kernel = await kernelWith();
  const { reconciler, heard } = keep(t, kernel, { onError: 'stop' });
  kernel.inject({ operation: 'add-destination', delayMs: 5000 });
  reconciler.setDesired(documentOf([...both, { ...mail, destinations: to(1) }]));
  reconciler.start();
  await kernel.clock.advance(1000);
  let isStopped = false;
  const stopping = reconciler.stop().then(() => {
    isStopped = true;
  });
  await kernel.clock.advance(3000);
  t.false(isStopped);
  await kernel.clock.advance(2000);
  await stopping;
  t.deepEqual(writes(kernel), [`add-service ${webId}`, `add-destination ${webId} -> 10.2.0.1:80`]);
  t.deepEqual(heard.error, []);
});

test('stopped while it reads: nothing is written', async (t) => {
  const kernel = await kernelWith();
  const { reconciler, events } = keep(t, kernel);
  kernel.inject({ operation: 'snapshot', delayMs: 5000 });
  reconciler.setDesired(documentOf(both));
  reconciler.start();
  await kernel.clock.advance(1000);
  const stopping = reconciler.stop();
  await kernel.clock.advance(10_000);
  await stopping;
  t.deepEqual(writes(kernel), []);
  t.false(events.includes('error'));
});

test('a second stop waits for the same end', async (t) => {
  const kernel = await kernelWith();
  const { reconciler } = await kept(t, kernel, both, { onStop: 'remove' });
  kernel.inject({ operation: 'remove-service', delayMs: 5000 });
  const first = reconciler.stop();
  const second = reconciler.stop();
  await turning(kernel, Promise.all([first, second]));
  t.is(await kernel.other.getService(web), undefined);
  t.is(writes(kernel).length, 1);
});

test('a drain that is under way stays in the store, and in the kernel', async (t) => {
  const kernel = await kernelWith();
  let records: readonly DrainRecord[] = [];
  const drainStore = {
    load: async () => records,
    save: async (saved: readonly DrainRecord[]) => {
      records = saved;
    },
  };
  const { reconciler } = await kept(t, kernel, both, { drainStore });
  for (const client of [1, 2]) kernel.connect(web, { client: `192.0.2.${client}` });
  reconciler.setDesired(documentOf([{ ...web, scheduler: 'rr', destinations: to(2) }]));
  await kernel.clock.advance(5000);
  await turning(kernel, reconciler.stop());
  t.is(records.length, 1);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1']);
});

test('quiesce: no service takes new connections', async (t) => {
  const kernel = await kernelWith();
  const services: Services = [
    { ...web, scheduler: 'rr', ignore: ['weight'], destinations: to(1, 2) },
    { ...mail, destinations: to(1) },
  ];
  const options = { onStop: 'quiesce', ignore: ['weight'] } as const;
  const { reconciler } = await kept(t, kernel, services, options);
  const connection = kernel.connect(web, { client: '192.0.2.1' });
  await turning(kernel, reconciler.stop());
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 0']);
  t.deepEqual(await weights(kernel, 'tcp/10.9.0.2:25'), ['10.2.0.1 0']);
  t.is(connection?.send(), 'delivered');
});

test('remove: services go at once with their addresses, what is not this owner’s stays', async (t) => {
  const kernel = await kernelWith([{ ...mail, destinations: to(1) }]);
  const { reconciler } = keep(t, kernel, { onStop: 'remove' });
  const services: Services = [
    { ...web, scheduler: 'rr', drain: { mode: 'wait' }, destinations: to(1, 2) },
  ];
  const vips = { device: 'ipvs0', bind: ['10.9.0.1', '10.9.0.7'] };
  reconciler.setDesired(documentOf(services, { vips, sysctls: { conn_reuse_mode: 0 } }));
  reconciler.start();
  await kernel.clock.advance(3000);
  for (const client of [1, 2]) kernel.connect(web, { client: `192.0.2.${client}` });
  await turning(kernel, reconciler.stop());
  const left = await kernel.other.snapshot();
  t.deepEqual(
    left.services.map(({ id }) => id as string),
    ['tcp/10.9.0.2:25'],
  );
  t.deepEqual(left.devices?.['ipvs0'], undefined);
  t.is(left.sysctls?.['conn_reuse_mode'], 0, 'settings are nobody’s');
});

test('what fails at the end is an error, and the end', async (t) => {
  const kernel = await kernelWith();
  const one = await kept(t, kernel, both, { onStop: 'remove' });
  kernel.inject({ operation: 'snapshot', code: 'EIO' });
  await turning(kernel, one.reconciler.stop());
  t.like(one.heard.error[0]?.[0], { code: 'EIO' });
  const other = await kept(t, kernel, both, { onStop: 'remove' });
  kernel.inject({ operation: 'remove-service', code: 'EINVAL' });
  await turning(kernel, other.reconciler.stop());
  t.like(other.heard.error[0]?.[0], { code: 'E_KERNEL' });
});

test('one that was never started, or never told anything, leaves everything as it is', async (t) => {
  const kernel = await kernelWith(both);
  const unstarted = keep(t, kernel, { onStop: 'remove' }).reconciler;
  unstarted.setDesired(documentOf(both));
  await turning(kernel, unstarted.stop());
  t.is(unstarted.status.state, 'stopped');
  const untold = keep(t, kernel, { onStop: 'remove' }).reconciler;
  untold.start();
  await nextTurn();
  await turning(kernel, untold.stop());
  t.deepEqual(writes(kernel), []);
  await isReached(t, kernel, both);
});

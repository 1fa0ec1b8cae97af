import test from 'ava';
import { ApplyError, type DrainOptions, type DrainRecord, drain } from 'ipvs';
import type { FakeKernel } from 'ipvs/testing';
import { kernelWith, type Services, to, turning, web, webId, weights, writes } from './_runs.js';

const both: Services = [{ ...web, scheduler: 'rr', destinations: to(1, 2) }];
const one = '10.2.0.1:80';

const draining = (kernel: FakeKernel, options: DrainOptions = {}, destination = one) =>
  turning(kernel, drain(kernel, web, destination, { clock: kernel.clock, ...options }));

async function busyKernel(services = both) {
  const kernel = await kernelWith(services);
  for (;;) {
    const connection = kernel.connect(web, { client: '192.0.2.1' });
    if (connection?.destination === one) return { kernel, connection };
    connection?.expire();
  }
}

test('an idle destination goes at once', async (t) => {
  const kernel = await kernelWith(both);
  t.deepEqual((await draining(kernel)) as unknown, {
    service: webId,
    destination: one,
    outcome: 'drained',
    activeConnections: 0,
    inactiveConnections: 0,
  });
  t.deepEqual(await weights(kernel), ['10.2.0.2 1']);
  t.false(
    kernel.calls.some(({ operation }) => operation === 'snapshot'),
    'one service is read',
  );
});

test('a busy one goes when its connections are over, or its time is', async (t) => {
  const { kernel, connection } = await busyKernel();
  const drained = drain(kernel, web, { address: '10.2.0.1' }, { clock: kernel.clock });
  await kernel.clock.advance(5000);
  connection.expire();
  t.is((await turning(kernel, drained)).outcome, 'drained');

  const { kernel: other } = await busyKernel();
  const expired = await draining(other, { policy: { deadline: '3s' } });
  t.like(expired, { outcome: 'expired', activeConnections: 1 });
});

test('one that gets no time goes at once, with its connections', async (t) => {
  for (const policy of [{ mode: 'immediate' }, { deadline: 0 }] as const) {
    const { kernel } = await busyKernel();
    t.like(await draining(kernel, { policy }), { outcome: 'expired', activeConnections: 1 });
    t.is(writes(kernel).length, 1);
  }
});

test('what is not there is gone', async (t) => {
  const kernel = await kernelWith(both);
  t.is((await draining(kernel, {}, '10.2.0.7:80')).outcome, 'gone');
  await kernel.other.removeService(web);
  t.is((await draining(kernel)).outcome, 'gone');
  t.deepEqual(writes(kernel), []);
});

test('not waited for, or not to the end, it is pending', async (t) => {
  const { kernel } = await busyKernel();
  t.like(await draining(kernel, { wait: false }), { outcome: 'pending', activeConnections: 1 });
  const controller = new AbortController();
  const aborted = drain(kernel, web, one, { clock: kernel.clock, signal: controller.signal });
  await kernel.clock.advance(2500);
  controller.abort();
  t.is((await turning(kernel, aborted)).outcome, 'pending');
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1']);
});

test('records of other drains stay in the store, and its own has the time it had', async (t) => {
  const { kernel } = await busyKernel();
  const began = kernel.clock.now();
  const other = { service: webId, destination: '10.2.0.2:80', weightBefore: 1 };
  const times = { startedAt: began, deadlineAt: began + 10_000 };
  let records = [{ ...other, ...times }] as unknown as readonly DrainRecord[];
  const drainStore = {
    load: async () => records,
    save: async (saved: readonly DrainRecord[]) => {
      records = saved;
    },
  };
  const policy = { deadline: '20s' } as const;
  await draining(kernel, { wait: false, drainStore, policy });
  t.deepEqual(
    records.map(({ destination }) => destination as string),
    ['10.2.0.2:80', one],
  );
  await kernel.clock.advance(12_000);
  t.is((await draining(kernel, { drainStore, policy })).outcome, 'expired');
  t.is(kernel.clock.now() - began, 20_000);
  t.is(records.length, 1);
});

test('on a hash scheduler the fallback flag is set meanwhile', async (t) => {
  const { kernel, connection } = await busyKernel([
    { ...web, scheduler: 'sh', destinations: to(1) },
  ]);
  const drained = drain(kernel, web, one, { clock: kernel.clock });
  await kernel.clock.advance(1500);
  t.deepEqual((await kernel.other.getService(web))?.schedulerFlags, ['sh-fallback']);
  connection.expire();
  await turning(kernel, drained);
  t.deepEqual((await kernel.other.getService(web))?.schedulerFlags, []);
});

test('one that another program made in its own way drains as well', async (t) => {
  const { kernel } = await busyKernel();
  for (const service of kernel.raw()) {
    for (const destination of service.destinations) destination.forward = 4;
  }
  t.is((await draining(kernel, { wait: false })).outcome, 'pending');
  t.deepEqual(
    (await kernel.other.listDestinations(web)).map(({ forward, weight }) => [forward, weight]),
    [
      ['bypass', 0],
      ['bypass', 1],
    ],
  );
});

test('what goes wrong rejects', async (t) => {
  const kernel = await kernelWith(both);
  kernel.inject({ operation: 'set-destination', code: 'EINVAL' });
  const failed = await t.throwsAsync(draining(kernel), { instanceOf: ApplyError });
  t.is(failed?.code, 'E_KERNEL');
  t.is(failed?.report?.results.length, 2);
  kernel.inject({ operation: 'get-service', code: 'EPERM' });
  const refused = await t.throwsAsync(draining(kernel), { instanceOf: ApplyError });
  t.is(refused?.code, 'E_PERMISSION');
  const wrong = { code: 'ERR_IPVS_INVALID_VALUE' };
  await t.throwsAsync(drain(kernel, 'nonsense', one), wrong);
  await t.throwsAsync(drain(kernel, web, 'nonsense'), wrong);
  await t.throwsAsync(drain(kernel, web, one, { policy: { until: 'never' } as never }), wrong);
  await t.throwsAsync(drain(kernel, web, one, { wait: 1 } as never), wrong);
});

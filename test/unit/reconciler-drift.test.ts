import test from 'ava';
import type { FakeKernel } from 'ipvs/testing';
import { documentOf, kept } from './_reconcilers.js';
import {
  isReached,
  kernelWith,
  mail,
  mailId,
  type Services,
  to,
  web,
  webId,
  weights,
  writes,
} from './_runs.js';

const both: Services = [{ ...web, destinations: to(1, 2) }];
const pair: Services = [...both, { ...mail, destinations: to(1) }];

test('what others change is put back, and told', async (t) => {
  const kernel = await kernelWith();
  const { events, heard, reconciler } = await kept(t, kernel, pair);
  await kernel.other.setService({ ...web, scheduler: 'rr' });
  await kernel.other.removeDestination(web, '10.2.0.1:80');
  await kernel.other.addDestination(web, { address: '10.2.0.9' });
  await kernel.other.removeService(mail);
  reconciler.trigger();
  await kernel.clock.advance(100);
  await isReached(t, kernel, pair);
  t.is(heard.drift.length, 1);
  t.deepEqual(
    heard.drift[0]?.[1].map(({ op, service }) => `${op} ${service}`),
    [
      `add-service ${mailId}`,
      `add-dest ${mailId}`,
      `add-dest ${webId}`,
      `set-service ${webId}`,
      `set-dest ${webId}`,
    ],
  );
  t.deepEqual(events.slice(0, 2), ['plan', 'drift']);
});

test('what a new document changes is no drift', async (t) => {
  const kernel = await kernelWith();
  const { heard, reconciler } = await kept(t, kernel, both);
  reconciler.setDesired(documentOf([{ ...web, scheduler: 'rr', destinations: to(2, 3) }]));
  await kernel.clock.advance(3000);
  t.true(heard.operation.length > 2);
  t.deepEqual(heard.drift, []);
});

test('what a cycle did not get done is no drift of the next', async (t) => {
  const kernel = await kernelWith();
  const { heard, reconciler } = await kept(t, kernel, both);
  kernel.inject({ operation: 'set-service', code: 'EINVAL' });
  reconciler.setDesired(documentOf([{ ...web, scheduler: 'rr', destinations: to(1) }]));
  await kernel.clock.advance(5000);
  await isReached(t, kernel, [{ ...web, scheduler: 'rr', destinations: to(1) }]);
  t.is(heard.error.length, 1);
  t.deepEqual(heard.drift, []);
});

test('a document that could not be acted on is no drift when it can', async (t) => {
  const kernel = await kernelWith();
  const { heard, reconciler } = await kept(t, kernel, both);
  kernel.inject({ operation: 'snapshot', code: 'EIO', times: 2 });
  reconciler.setDesired(documentOf([{ ...web, scheduler: 'rr', destinations: to(1, 2) }]));
  await kernel.clock.advance(10_000);
  t.is(heard.error.length, 2);
  t.deepEqual(heard.drift, []);
  t.deepEqual(heard.cycle[0]?.[0].reasons, ['desired', 'retry']);
});

test('the end of a drain is no drift', async (t) => {
  const kernel = await kernelWith();
  const { heard, reconciler } = await kept(t, kernel, both);
  const connections = [1, 2].map((each) => kernel.connect(web, { client: `192.0.2.${each}` }));
  reconciler.setDesired(documentOf([]));
  await kernel.clock.advance(5000);
  for (const connection of connections) connection?.expire();
  await kernel.clock.advance(5000);
  t.is(await kernel.other.getService(web), undefined);
  t.deepEqual(heard.drift, []);
  t.deepEqual(
    heard.drain.map(([{ service, outcome }]) => [service as string, outcome]),
    [[webId, 'drained']],
  );
});

test('a weight that is raised during a drain is', async (t) => {
  const kernel = await kernelWith();
  const { heard, reconciler } = await kept(t, kernel, [
    { ...web, scheduler: 'rr', destinations: to(1, 2) },
  ]);
  for (const client of [1, 2]) kernel.connect(web, { client: `192.0.2.${client}` });
  const began = kernel.clock.now();
  reconciler.setDesired(documentOf([{ ...web, scheduler: 'rr', destinations: to(2) }]));
  await kernel.clock.advance(5000);
  await kernel.other.updateDestination(web, '10.2.0.1:80', { weight: 6 });
  await kernel.clock.advance(3000);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1']);
  t.is(heard.drift.length, 1);
  await kernel.clock.advance(400_000);
  const removed = kernel.calls.find(({ operation }) => operation === 'remove-destination');
  const after = (removed?.at ?? 0) - began;
  t.true(after >= 300_000 && after < 303_000, 'its clock was not restarted');
});

/** Sets the scheduler whenever it is not that, as another program does that looks every second. */
async function fight(kernel: FakeKernel, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    const service = await kernel.other.getService(web);
    if (service !== undefined && service.scheduler !== 'rr') {
      await kernel.other.setService({ ...web, scheduler: 'rr' });
    }
    await kernel.clock.advance(1000);
  }
}

test('a field that flips back three times flaps, its service is left alone, others are not', async (t) => {
  const kernel = await kernelWith();
  const { heard, reconciler } = await kept(t, kernel, pair, { resyncInterval: 2000 });
  await fight(kernel, 12);
  t.is(heard.flapping[0]?.[0] as string, webId);
  t.is(heard.flapping[0]?.[1], 1000);
  const earlier = heard.flapping.length;
  t.true(earlier >= 1);
  await fight(kernel, 1200);
  const delays = heard.flapping.map(([, delay]) => delay);
  t.deepEqual(
    delays.slice(0, 9),
    [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000],
  );
  await fight(kernel, 1000);
  t.true(heard.flapping.slice(9).every(([, delay]) => delay === 300_000));
  t.true(heard.flapping.length > 10);
  t.true((reconciler.status.backedOff[webId as never] ?? 0) > kernel.clock.now());
  t.false(reconciler.status.converged);
  await kernel.other.removeDestination(mail, '10.2.0.1:25');
  await kernel.clock.advance(5000);
  t.deepEqual(await weights(kernel, mailId), ['10.2.0.1 1'], 'the other service is looked after');
  t.deepEqual(heard.error, []);
});

test('who stops fighting is forgotten', async (t) => {
  const kernel = await kernelWith();
  const { heard, reconciler } = await kept(t, kernel, both, { resyncInterval: 2000 });
  await fight(kernel, 60);
  t.true(heard.flapping.length > 3);
  await kernel.clock.advance(200_000);
  await isReached(t, kernel, both);
  t.deepEqual(reconciler.status.backedOff, {});
  t.true(reconciler.status.converged);
  heard.flapping.length = 0;
  await fight(kernel, 20);
  t.is(heard.flapping[0]?.[1], 1000);
});

test('changes that are far apart are drift, and no flapping', async (t) => {
  const kernel = await kernelWith();
  const { heard } = await kept(t, kernel, both, { resyncInterval: 1000 });
  for (let time = 0; time < 6; time += 1) {
    await kernel.other.setService({ ...web, scheduler: 'rr' });
    await kernel.clock.advance(15_000);
  }
  t.is(heard.drift.length, 6);
  t.deepEqual(heard.flapping, []);
});

test('a new document is tried at once, whatever flapped', async (t) => {
  const kernel = await kernelWith();
  const { reconciler } = await kept(t, kernel, both, { resyncInterval: 2000 });
  await fight(kernel, 60);
  t.true(webId in reconciler.status.backedOff);
  const next: Services = [{ ...web, scheduler: 'rr', destinations: to(3) }];
  reconciler.setDesired(documentOf(next));
  t.deepEqual(reconciler.status.backedOff, {});
  await kernel.clock.advance(1500);
  await isReached(t, kernel, next);
  t.true(writes(kernel).length > 0);
});

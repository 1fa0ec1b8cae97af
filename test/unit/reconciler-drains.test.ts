import test from 'ava';
import type { DrainRecord, DrainResult } from 'ipvs';
import type { FakeConnection, FakeKernel } from 'ipvs/testing';
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
const one: Services = [{ ...web, scheduler: 'rr', destinations: to(2) }];
const first = '10.2.0.1:80';

function connectToFirst(kernel: FakeKernel): FakeConnection {
  for (;;) {
    const connection = kernel.connect(web, { client: '192.0.2.1' });
    if (connection !== undefined && String(connection.destination) === first) return connection;
    connection?.expire();
  }
}

/** What became of a promise, as soon as it did. */
function outcomeOf<Value>(promise: Promise<Value>): { value?: Value; error?: unknown } {
  const outcome: { value?: Value; error?: unknown } = {};
  promise.then(
    (value) => {
      outcome.value = value;
    },
    (error: unknown) => {
      outcome.error = error;
    },
  );
  return outcome;
}

test('a drain goes on from cycle to cycle, and its end is told', async (t) => {
  const kernel = await kernelWith();
  const { reconciler, heard, events } = await kept(t, kernel, both);
  const connection = connectToFirst(kernel);
  reconciler.setDesired(documentOf(one));
  await kernel.clock.advance(500);
  t.is(reconciler.status.draining, 1);
  t.true(reconciler.status.converged);
  t.deepEqual(heard.drain, []);
  await kernel.clock.advance(20_000);
  connection.expire();
  await kernel.clock.advance(2500);
  await isReached(t, kernel, one);
  t.is(reconciler.status.draining, 0);
  t.deepEqual(heard.drain as unknown[], [
    [
      {
        service: webId,
        destination: first,
        outcome: 'drained',
        activeConnections: 0,
        inactiveConnections: 0,
      },
    ],
  ]);
  t.deepEqual(heard.error, []);
  t.true(events.includes('converged'));
});

test('looking at what drains reads only the services concerned', async (t) => {
  const kernel = await kernelWith();
  const services = (web_: Services): Services => [...web_, { ...mail, destinations: to(1, 2) }];
  const { reconciler, heard } = await kept(t, kernel, services(both), { resyncInterval: 60_000 });
  connectToFirst(kernel);
  reconciler.setDesired(documentOf(services(one)));
  await kernel.clock.advance(1500);
  kernel.clearCalls();
  heard.cycle.length = 0;
  await kernel.clock.advance(10_000);
  t.deepEqual(
    [...new Set(kernel.calls.map(({ operation, target }) => `${operation} ${target}`))],
    [`list-destinations ${webId}`],
  );
  t.is(kernel.calls.length, 10);
  t.deepEqual(heard.cycle, []);
});

test('how often it looks is what the service says, and its deadline', async (t) => {
  const kernel = await kernelWith();
  const slow = (services: Services): Services =>
    services.map((service) => ({ ...service, drain: { poll: '4s', deadline: '18s' } })) as Services;
  const { reconciler, heard } = await kept(t, kernel, slow(both), { resyncInterval: 600_000 });
  connectToFirst(kernel);
  reconciler.setDesired(documentOf(slow(one)));
  await kernel.clock.advance(50);
  kernel.clearCalls();
  await kernel.clock.advance(17_000);
  t.is(kernel.calls.length, 4);
  await kernel.clock.advance(1100);
  t.is(heard.drain[0]?.[0].outcome, 'expired');
  t.like(heard.drain[0]?.[0], { activeConnections: 1 });
});

test('a restart goes on with the records of a store', async (t) => {
  const kernel = await kernelWith();
  let records: readonly DrainRecord[] = [];
  const drainStore = {
    load: async () => records,
    save: async (saved: readonly DrainRecord[]) => {
      records = saved;
    },
  };
  const { reconciler } = await kept(t, kernel, both, { drainStore, drain: { deadline: '60s' } });
  connectToFirst(kernel);
  reconciler.setDesired(documentOf(one));
  const began = kernel.clock.now();
  await kernel.clock.advance(10_000);
  await turning(kernel, reconciler.stop());
  t.is(records.length, 1);
  const next = keep(t, kernel, { drainStore, drain: { deadline: '60s' } });
  next.reconciler.setDesired(documentOf(one));
  next.reconciler.start();
  await kernel.clock.advance(45_000);
  t.is((await weights(kernel)).length, 2);
  await kernel.clock.advance(10_000);
  t.is(next.heard.drain[0]?.[0].outcome, 'expired');
  const removed = kernel.calls.find(({ operation }) => operation === 'remove-destination');
  const after = (removed?.at ?? 0) - began;
  t.true(after >= 60_000 && after <= 61_200, String(after));
  t.deepEqual(records, []);
});

test('declared again during a drain: it is cancelled', async (t) => {
  const kernel = await kernelWith();
  const { reconciler, heard } = await kept(t, kernel, both);
  connectToFirst(kernel);
  reconciler.setDesired(documentOf(one));
  await kernel.clock.advance(5000);
  reconciler.setDesired(documentOf(both));
  await kernel.clock.advance(400_000);
  await isReached(t, kernel, both);
  t.is(heard.drain[0]?.[0].outcome, 'cancelled');
  t.is(reconciler.status.draining, 0);
});

test('the record of a service that is left alone is kept', async (t) => {
  const kernel = await kernelWith();
  const services = (numbers: readonly number[]): Services => [
    { ...web, scheduler: 'rr', destinations: to(...numbers) },
    { ...mail, destinations: to(1) },
  ];
  const { reconciler } = await kept(t, kernel, services([1, 2]));
  connectToFirst(kernel);
  reconciler.setDesired(documentOf(services([2])));
  await kernel.clock.advance(1500);
  const began = kernel.clock.now();
  kernel.inject({ operation: 'update-destination', code: 'EINVAL', times: 3 });
  kernel.inject({ operation: 'set-destination', code: 'EINVAL', times: 3 });
  await kernel.other.updateDestination(web, first, { weight: 3 });
  await kernel.clock.advance(2500);
  t.true(webId in reconciler.status.backedOff);
  await kernel.other.removeService(mail);
  reconciler.trigger();
  await kernel.clock.advance(1100);
  t.is(reconciler.status.draining, 1);
  await kernel.clock.advance(293_000);
  t.is((await weights(kernel)).length, 2);
  await kernel.clock.advance(8000);
  t.deepEqual(await weights(kernel), ['10.2.0.2 1']);
  const removed = kernel.calls.findLast(({ operation }) => operation === 'remove-destination');
  t.true((removed?.at ?? 0) - began < 301_000);
});

test('an order takes a declared destination away, until the next document', async (t) => {
  const kernel = await kernelWith();
  const { reconciler, heard } = await kept(t, kernel, both);
  const connection = connectToFirst(kernel);
  const result = outcomeOf(reconciler.drain(web, first, { deadline: '100s' }));
  await kernel.clock.advance(30_000);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1']);
  t.deepEqual(result, {});
  connection.expire();
  await kernel.clock.advance(3000);
  t.like(result.value, { service: webId, destination: first, outcome: 'drained' });
  await kernel.clock.advance(100_000);
  t.deepEqual(await weights(kernel), ['10.2.0.2 1']);
  t.deepEqual(heard.drift, []);
  reconciler.setDesired(documentOf(both));
  await kernel.clock.advance(3000);
  await isReached(t, kernel, both);
});

test('an order has its own policy', async (t) => {
  const kernel = await kernelWith();
  const { reconciler } = await kept(t, kernel, both);
  connectToFirst(kernel);
  const expired = outcomeOf(reconciler.drain(web, first, { deadline: '5s' }));
  await kernel.clock.advance(8000);
  t.like(expired.value, { outcome: 'expired', activeConnections: 1 });
  const cut = outcomeOf(reconciler.drain(web, '10.2.0.2:80', { mode: 'immediate' }));
  await kernel.clock.advance(3000);
  t.is((cut.value as DrainResult).outcome, 'drained');
  t.deepEqual(await weights(kernel), []);
});

test('what is not there is gone', async (t) => {
  const kernel = await kernelWith();
  const { reconciler } = await kept(t, kernel, both);
  const orders = [reconciler.drain(web, '10.2.0.7:80'), reconciler.drain(mail, '10.2.0.1:25')].map(
    outcomeOf,
  );
  await kernel.clock.advance(3000);
  t.deepEqual(
    orders.map(({ value }) => value?.outcome),
    ['gone', 'gone'],
  );
  t.deepEqual(writes(kernel), []);
});

test('two who ask for the same get the same answer', async (t) => {
  const kernel = await kernelWith();
  const { reconciler } = await kept(t, kernel, both);
  connectToFirst(kernel);
  const results = [outcomeOf(reconciler.drain(web, first))];
  await kernel.clock.advance(2000);
  results.push(outcomeOf(reconciler.drain(webId, first)));
  await kernel.other.removeDestination(web, first);
  await kernel.clock.advance(3000);
  t.deepEqual(
    results.map(({ value }) => value?.outcome),
    ['gone', 'gone'],
  );
});

test('an order that comes during a cycle is not answered by it', async (t) => {
  const kernel = await kernelWith();
  const { reconciler } = await kept(t, kernel, both);
  const connection = connectToFirst(kernel);
  let result: { value?: DrainResult } = {};
  kernel.before({ operation: 'snapshot' }, () => {
    result = outcomeOf(reconciler.drain(web, first));
  });
  reconciler.trigger();
  await kernel.clock.advance(60);
  t.deepEqual(result, {});
  await kernel.clock.advance(3000);
  t.deepEqual(result, {});
  connection.expire();
  await kernel.clock.advance(3000);
  t.is(result.value?.outcome, 'drained');
});

test('an order whose service is declared no more ends with that', async (t) => {
  const kernel = await kernelWith();
  const { reconciler } = await kept(t, kernel, both);
  const connection = connectToFirst(kernel);
  const result = outcomeOf(reconciler.drain(web, first));
  await kernel.clock.advance(2000);
  reconciler.setDesired(documentOf([]));
  await kernel.clock.advance(5000);
  t.deepEqual(result, {});
  connection.expire();
  await kernel.clock.advance(3000);
  t.like(result.value, { destination: first, outcome: 'drained' });
});

test('a wrong order rejects, and changes nothing', async (t) => {
  const kernel = await kernelWith();
  const { reconciler } = await kept(t, kernel, both);
  const wrong = { code: 'ERR_IPVS_INVALID_VALUE' };
  await t.throwsAsync(reconciler.drain('nonsense', first), wrong);
  await t.throwsAsync(reconciler.drain(web, 'nonsense'), wrong);
  await t.throwsAsync(reconciler.drain(web, first, { deadline: 'soon' } as never), wrong);
  await kernel.clock.advance(3000);
  t.deepEqual(kernel.calls, []);
});

test('an order that is not carried out before the end rejects, whether somebody looks or not', async (t) => {
  const kernel = await kernelWith();
  const { reconciler } = await kept(t, kernel, both);
  connectToFirst(kernel);
  const result = outcomeOf(reconciler.drain(web, first));
  void reconciler.drain(web, '10.2.0.2:80');
  await kernel.clock.advance(2000);
  await turning(kernel, reconciler.stop());
  await kernel.clock.settle();
  t.like(result.error, { name: 'AbortError' });
  const late = outcomeOf(reconciler.drain(web, first));
  await kernel.clock.settle();
  t.like(late.error, { name: 'AbortError' });
  t.deepEqual(await weights(kernel), ['10.2.0.1 0']);
});

test('a drain that is asked for keeps to its own policy', async (t) => {
  const kernel = await kernelWith();
  const { reconciler } = await kept(t, kernel, both);
  const connection = connectToFirst(kernel);
  const drained = outcomeOf(reconciler.drain(webId, first, { until: 'no-active', poll: '100ms' }));
  await kernel.clock.advance(3000);
  t.is(drained.value, undefined);
  connection.close();
  await kernel.clock.advance(1500);
  t.is(drained.value?.outcome, 'drained');
  t.is(drained.value?.inactiveConnections, 1);
});

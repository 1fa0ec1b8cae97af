import test from 'ava';
import { type DrainRecord, type DrainResult, type DrainStore, reconcile } from 'ipvs';
import type { FakeKernel } from 'ipvs/testing';
import {
  bring,
  isReached,
  kernelWith,
  type Services,
  state,
  to,
  told,
  turning,
  web,
  webId,
  weights,
  writes,
} from './_runs.js';

const one = `${webId} -> 10.2.0.1:80`;
const both: Services = [{ ...web, scheduler: 'rr', destinations: to(1, 2) }];
const kept: Services = [{ ...web, scheduler: 'rr', destinations: to(2) }];
const absent: Services = [{ ...web, ensure: 'absent' }];

/** A store that lives on from one run of a program to the next. */
function storeOf(records: readonly DrainRecord[] = []) {
  const store = {
    records,
    load: async () => store.records,
    save: async (saved: readonly DrainRecord[]) => {
      store.records = saved;
    },
  };
  return store satisfies DrainStore;
}

/** A kernel with a connection to each destination, by the destination's last number. */
async function busyKernel(services = both) {
  const kernel = await kernelWith(services);
  const connections = [1, 2].map((number) => {
    const connection = kernel.connect(web, { client: `192.0.2.${number}` });
    return connection as NonNullable<typeof connection>;
  });
  const to1 = connections.find(isToFirst);
  const to2 = connections.find((each) => !isToFirst(each));
  if (to1 === undefined || to2 === undefined) throw new Error('both should have one');
  return { kernel, to1, to2 };
}

const isToFirst = (connection: ReturnType<FakeKernel['connect']>): boolean =>
  connection !== undefined && String(connection.destination) === '10.2.0.1:80';

const begin = (kernel: FakeKernel, services: Services, options = {}) =>
  reconcile(kernel, state(services), { clock: kernel.clock, ...options });

test('idle: it is taken away in the same run, after its weight', async (t) => {
  const kernel = await kernelWith(both);
  const began = kernel.clock.now();
  const report = await bring(kernel, kept);
  t.deepEqual(writes(kernel), [`set-destination ${one}`, `remove-destination ${one}`]);
  t.deepEqual(kernel.calls.map(({ at }) => at - began).at(-1), 0);
  t.deepEqual(report.drains as unknown[], [
    {
      service: webId,
      destination: '10.2.0.1:80',
      outcome: 'drained',
      activeConnections: 0,
      inactiveConnections: 0,
    },
  ]);
});

test('counters are read after the weight was taken', async (t) => {
  const kernel = await kernelWith(both);
  let connection: ReturnType<FakeKernel['connect']>;
  kernel.before({ operation: 'set-destination' }, () => {
    while (!isToFirst(connection)) connection = kernel.connect(web, { client: '192.0.2.7' });
  });
  const report = await bring(kernel, kept, { wait: false });
  t.deepEqual(told(report), [`set-dest ${one}: ok`, `del-dest ${one}: pending`]);
  t.is(connection?.send(), 'delivered');
});

test('busy: it gets no new connections, keeps those it has, and goes with the last', async (t) => {
  const { kernel, to1 } = await busyKernel();
  const run = begin(kernel, kept);
  await kernel.clock.advance(10_000);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1']);
  for (let client = 10; client < 20; client += 1) {
    t.is(String(kernel.connect(web, { client: `192.0.2.${client}` })?.destination), '10.2.0.2:80');
  }
  t.is(to1.send(), 'delivered');
  to1.close();
  await kernel.clock.advance(100_000);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1'], 'inactive ones count');
  const report = await turning(kernel, run, 1000);
  t.is(report.drains[0]?.outcome, 'drained');
  t.true(report.converged);
  await isReached(t, kernel, kept);
});

test('no-active: inactive connections are not waited for', async (t) => {
  const { kernel, to1 } = await busyKernel();
  const run = begin(kernel, kept, { drain: { until: 'no-active' } });
  await kernel.clock.advance(5000);
  t.is((await weights(kernel)).length, 2);
  to1.close();
  await kernel.clock.advance(1000);
  t.like((await run).drains[0], { outcome: 'drained', inactiveConnections: 1 });
});

test('the deadline passes: it goes with what it has, and that is no error', async (t) => {
  const { kernel } = await busyKernel();
  const began = kernel.clock.now();
  const report = await bring(kernel, kept, { drain: { deadline: '7500ms', poll: '2s' } });
  t.like(report.drains[0], { outcome: 'expired', activeConnections: 1, inactiveConnections: 0 });
  t.true(report.ok);
  t.true(report.converged);
  const removed = kernel.calls.find(({ operation }) => operation === 'remove-destination');
  t.is((removed?.at ?? 0) - began, 7500, 'at the deadline, not at a look');
});

test('each service is looked at as often as it says', async (t) => {
  const other = { ...web, port: 81 };
  const services = (numbers: readonly number[]): Services => [
    {
      ...web,
      scheduler: 'rr',
      drain: { poll: '10s', deadline: '30s' },
      destinations: to(...numbers),
    },
    {
      ...other,
      scheduler: 'rr',
      drain: { poll: '3s', deadline: '30s' },
      destinations: to(...numbers),
    },
  ];
  const kernel = await kernelWith(services([1, 2]));
  for (const service of [web, other]) {
    for (const client of [1, 2]) kernel.connect(service, { client: `192.0.2.${client}` });
  }
  const run = begin(kernel, services([2]));
  await kernel.clock.settle();
  kernel.clearCalls();
  await kernel.clock.advance(29_000);
  const looks = (port: number) =>
    kernel.calls.filter(({ target }) => target === `tcp/10.9.0.1:${port}`).length;
  t.deepEqual([looks(80), looks(81)], [2, 9]);
  await turning(kernel, run);
});

test('how a drain stands is told at each look, and how it came out', async (t) => {
  const { kernel, to1 } = await busyKernel();
  const told: string[] = [];
  const onDrain = ({ destination, outcome, activeConnections }: DrainResult) => {
    told.push(`${destination} ${outcome} ${activeConnections}`);
  };
  const run = begin(kernel, kept, { onDrain });
  await kernel.clock.advance(2500);
  to1.expire();
  await turning(kernel, run);
  const pending = '10.2.0.1:80 pending 1';
  t.deepEqual(told, [pending, pending, pending, '10.2.0.1:80 drained 0']);
});

test('gone: somebody else took it away', async (t) => {
  const { kernel } = await busyKernel();
  const store = storeOf();
  const run = begin(kernel, kept, { drainStore: store });
  await kernel.clock.advance(5000);
  t.is(store.records.length, 1);
  await kernel.other.removeDestination(web, '10.2.0.1:80');
  const report = await turning(kernel, run);
  t.is(report.drains[0]?.outcome, 'gone');
  t.true(report.ok);
  t.deepEqual(store.records, []);
});

test('the service is gone: all of its drains are', async (t) => {
  const { kernel } = await busyKernel();
  const store = storeOf();
  const run = begin(kernel, absent, { drainStore: store });
  await kernel.clock.advance(5000);
  t.is(store.records.length, 2);
  await kernel.other.removeService(web);
  const report = await turning(kernel, run);
  t.deepEqual(
    report.drains.map(({ outcome }) => outcome),
    ['gone'],
  );
  t.deepEqual(store.records, []);
  t.true(report.converged);
});

test('weight raised by somebody else: it goes back to 0, and the clock goes on', async (t) => {
  const { kernel } = await busyKernel();
  const began = kernel.clock.now();
  const run = begin(kernel, kept, { drain: { deadline: '20s' } });
  await kernel.clock.advance(9500);
  await kernel.other.updateDestination(web, '10.2.0.1:80', { weight: 8 });
  await kernel.clock.advance(1000);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1']);
  const report = await turning(kernel, run);
  t.like(report.drains[0], { outcome: 'expired' });
  t.true(report.results.find(({ op }) => op === 'del-dest')?.drift);
  t.is(
    (kernel.calls.findLast(({ operation }) => operation === 'remove-destination')?.at ?? 0) - began,
    20_000,
  );
});

test('weight raised by somebody else: who may have got connections by it is looked at again', async (t) => {
  const { kernel, to1 } = await busyKernel();
  const run = begin(kernel, kept);
  await kernel.clock.advance(5500);
  to1.expire();
  await kernel.other.updateDestination(web, '10.2.0.1:80', { weight: 8 });
  let late: ReturnType<FakeKernel['connect']>;
  kernel.before({ operation: 'update-destination' }, () => {
    while (!isToFirst(late)) late = kernel.connect(web, { client: '192.0.2.99' });
  });
  await kernel.clock.advance(600);
  t.is(late?.send(), 'delivered');
  late?.expire();
  t.is((await turning(kernel, run)).drains[0]?.outcome, 'drained');
});

test('a removal that fails is tried again with the next look', async (t) => {
  const { kernel, to1 } = await busyKernel();
  const store = storeOf();
  const run = begin(kernel, kept, { drainStore: store });
  await kernel.clock.advance(500);
  kernel.inject({ operation: 'remove-destination', code: 'EINVAL', times: 2 });
  to1.expire();
  await kernel.clock.advance(1000);
  t.is(store.records.length, 1);
  const report = await turning(kernel, run);
  t.is(report.drains[0]?.outcome, 'drained');
  t.true(report.ok);
  t.is(writes(kernel).filter((call) => call.startsWith('remove')).length, 3);
  t.deepEqual(store.records, []);
});

test('a removal that always fails is given up, and its record stays', async (t) => {
  const kernel = await kernelWith(both);
  const store = storeOf();
  kernel.inject({ operation: 'remove-destination', code: 'EINVAL', times: 99 });
  const report = await bring(kernel, kept, { drainStore: store });
  t.deepEqual(told(report), [`set-dest ${one}: ok`, `del-dest ${one}: failed E_KERNEL`]);
  t.is(report.drains[0]?.outcome, 'pending');
  t.false(report.ok);
  t.is(store.records.length, 1);
  t.is(writes(kernel).filter((call) => call.startsWith('remove')).length, 5);
});

test('what cannot be looked at for a while drains on', async (t) => {
  const { kernel, to1 } = await busyKernel();
  const run = begin(kernel, kept);
  await kernel.clock.advance(500);
  kernel.inject({ operation: 'list-destinations', code: 'EIO', times: 3 });
  to1.expire();
  t.is((await turning(kernel, run)).drains[0]?.outcome, 'drained');
});

test('declared again: one edit, and no later look takes it away', async (t) => {
  const { kernel } = await busyKernel();
  const store = storeOf();
  const options = { drainStore: store, wait: false } as const;
  await bring(kernel, kept, options);
  t.like(store.records, [
    { service: webId, destination: '10.2.0.1:80', weightBefore: 1, startedAt: kernel.clock.now() },
  ]);
  kernel.clearCalls();
  const heavier: Services = [
    { ...web, scheduler: 'rr', destinations: [{ address: '10.2.0.1', weight: 3 }, ...to(2)] },
  ];
  const report = await bring(kernel, heavier, options);
  t.deepEqual(writes(kernel), [`set-destination ${one}`]);
  t.like(report.drains, [
    { outcome: 'cancelled', destination: '10.2.0.1:80', activeConnections: 1 },
  ]);
  t.deepEqual(store.records, []);
  await kernel.clock.advance(400_000);
  await bring(kernel, heavier, options);
  t.deepEqual(await weights(kernel), ['10.2.0.1 3', '10.2.0.2 1']);
});

test('declared again, and somebody gave it its weight: the record is dropped all the same', async (t) => {
  const { kernel } = await busyKernel();
  const store = storeOf();
  const options = { drainStore: store, wait: false } as const;
  await bring(kernel, kept, options);
  await kernel.other.updateDestination(web, '10.2.0.1:80', { weight: 1 });
  await bring(kernel, both, options);
  t.deepEqual(store.records, []);
});

test('undeclared at weight 0 and without a record: it has all its time from now', async (t) => {
  const { kernel } = await busyKernel();
  await kernel.other.updateDestination(web, '10.2.0.1:80', { weight: 0 });
  const began = kernel.clock.now();
  const report = await bring(kernel, kept, { drain: { deadline: '15s' } });
  t.deepEqual(told(report), [`del-dest ${one}: ok`]);
  t.is(report.drains[0]?.outcome, 'expired');
  t.is(kernel.clock.now() - began, 15_000);
});

test('a service that goes drains the sum of its destinations, then goes, then its address', async (t) => {
  const { kernel, to1, to2 } = await busyKernel();
  const rest = { vips: { device: 'ipvs0' } };
  await bring(kernel, both, { rest });
  kernel.clearCalls();
  const run = reconcile(kernel, state(absent, rest), { clock: kernel.clock });
  await kernel.clock.advance(2500);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 0']);
  t.is(kernel.connect(web, { client: '192.0.2.44' }), undefined, 'new clients are refused');
  to1.expire();
  await kernel.clock.advance(2000);
  t.is((await weights(kernel)).length, 2);
  t.is(to2.send(), 'delivered');
  to2.expire();
  const report = await turning(kernel, run);
  t.deepEqual(report.drains as unknown[], [
    { service: webId, outcome: 'drained', activeConnections: 0, inactiveConnections: 0 },
  ]);
  t.deepEqual(writes(kernel).slice(2), [
    `remove-service ${webId}`,
    'unbind-address 10.9.0.1/32 on ipvs0',
  ]);
});

test('restart: a drain goes on where its record is, with the time that it had', async (t) => {
  const { kernel } = await busyKernel();
  const store = storeOf();
  const began = kernel.clock.now();
  const options = { drainStore: store, drain: { deadline: '60s' } } as const;
  await bring(kernel, kept, { ...options, wait: false });
  await kernel.clock.advance(40_000);
  const stored = storeOf(JSON.parse(JSON.stringify(store.records)));
  const report = await bring(kernel, kept, { ...options, drainStore: stored });
  t.is(report.drains[0]?.outcome, 'expired');
  t.is(kernel.clock.now() - began, 60_000);
  t.deepEqual(stored.records, []);
});

test('restart: what became due meanwhile goes at once, and is told as it is', async (t) => {
  for (const outcome of ['drained', 'expired'] as const) {
    for (const services of [kept, absent]) {
      const { kernel, to1, to2 } = await busyKernel();
      const store = storeOf();
      const options = { drainStore: store, drain: { deadline: '60s' }, wait: false } as const;
      await bring(kernel, services, options);
      if (outcome === 'expired') await kernel.clock.advance(60_000);
      else for (const connection of [to1, to2]) connection.expire();
      const report = await bring(kernel, services, options);
      t.is(report.drains[0]?.outcome, outcome);
      t.is(
        report.drains[0]?.destination,
        services === kept ? report.results[0]?.destination : undefined,
      );
      t.deepEqual(store.records, []);
      t.true(report.converged);
      t.is(report.pending, 0);
    }
  }
});

test('not waited for: it is pending, and a later run goes on', async (t) => {
  const { kernel, to1 } = await busyKernel();
  const report = await bring(kernel, kept, { wait: false });
  t.like(report, { ok: true, converged: true, pending: 1 });
  t.deepEqual(told(report), [`set-dest ${one}: ok`, `del-dest ${one}: pending`]);
  t.like(report.drains[0], { outcome: 'pending', activeConnections: 1 });
  t.deepEqual(
    report.remaining.map(({ op, deferred }) => [op, deferred?.deadlineMs]),
    [['del-dest', 300_000]],
  );
  to1.expire();
  const later = await bring(kernel, kept);
  t.deepEqual(told(later), [`del-dest ${one}: ok`]);
  t.is(later.drains[0]?.outcome, 'drained');
});

test('aborted during a drain: the weight stays 0, and the record', async (t) => {
  const { kernel } = await busyKernel();
  const controller = new AbortController();
  const store = storeOf();
  const run = begin(kernel, kept, { signal: controller.signal, drainStore: store });
  await kernel.clock.advance(3500);
  controller.abort();
  const report = await turning(kernel, run);
  t.deepEqual(told(report), [`set-dest ${one}: ok`, `del-dest ${one}: skipped aborted`]);
  t.is(report.drains[0]?.outcome, 'pending');
  t.false(report.ok);
  t.true(report.converged);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1']);
  t.is(store.records.length, 1);
});

test('the fallback flag is set while destinations drain, and taken back when the last is gone', async (t) => {
  const hash = (numbers: readonly number[]): Services => [
    { ...web, scheduler: 'mh', destinations: to(...numbers) },
  ];
  const kernel = await kernelWith(hash([1, 2, 3]));
  const connections = new Map<string, NonNullable<ReturnType<FakeKernel['connect']>>>();
  for (let client = 1; connections.size < 3 && client < 200; client += 1) {
    const connection = kernel.connect(web, { client: `192.0.2.${client}` });
    if (connection === undefined) continue;
    if (connections.has(connection.destination)) connection.expire();
    else connections.set(connection.destination, connection);
  }
  t.is(connections.size, 3);
  const flags = async () => (await kernel.other.getService(web))?.schedulerFlags;
  const run = begin(kernel, hash([3]));
  await kernel.clock.advance(1500);
  t.deepEqual(await flags(), ['mh-fallback']);
  t.deepEqual(writes(kernel), [
    `set-service ${webId}`,
    `set-destination ${one}`,
    `set-destination ${webId} -> 10.2.0.2:80`,
  ]);
  connections.get('10.2.0.1:80')?.expire();
  await kernel.clock.advance(1500);
  t.deepEqual(await weights(kernel), ['10.2.0.2 0', '10.2.0.3 1']);
  t.deepEqual(await flags(), ['mh-fallback']);
  connections.get('10.2.0.2:80')?.expire();
  const report = await turning(kernel, run);
  t.deepEqual(await flags(), []);
  t.is(writes(kernel).at(-1), `set-service ${webId}`);
  t.true(report.converged);
  await isReached(t, kernel, hash([3]));
});

test('a drain that ended in an earlier round is told', async (t) => {
  const kernel = await kernelWith(both);
  kernel.before({ operation: 'get-service' }, () =>
    kernel.other.addDestination(web, { address: '10.2.0.9' }),
  );
  const report = await bring(kernel, kept);
  t.is(report.rounds, 2);
  t.deepEqual(
    report.drains.map(({ destination, outcome }) => [destination as string, outcome]),
    [
      ['10.2.0.1:80', 'drained'],
      ['10.2.0.9:80', 'drained'],
    ],
  );
});

test('a weight that was before the drain comes back where weights are left alone', async (t) => {
  const { kernel } = await busyKernel([
    { ...web, scheduler: 'rr', destinations: [{ address: '10.2.0.1', weight: 7 }, ...to(2)] },
  ]);
  const store = storeOf();
  const options = { drainStore: store, wait: false, ignore: ['weight'] } as const;
  await bring(kernel, kept, options);
  await bring(kernel, both, options);
  t.deepEqual(await weights(kernel), ['10.2.0.1 7', '10.2.0.2 1']);
});

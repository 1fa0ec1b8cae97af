import test from 'ava';
import { HealthOverlay, Reconciler, ValidationError } from 'ipvs';
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

const both: Services = [{ ...web, destinations: to(1, 2) }];
const three: Services = [{ ...web, destinations: to(1, 2, 3) }];

test('nothing is done before it is told what should be', async (t) => {
  const kernel = await kernelWith(both);
  const { reconciler, events } = keep(t, kernel, {
    scope: { mode: 'exclusive' },
    allowEmpty: true,
  });
  reconciler.start();
  reconciler.trigger();
  await kernel.clock.advance(200_000);
  t.deepEqual(kernel.calls, []);
  t.deepEqual(events, []);
  t.like(reconciler.status, { state: 'waiting', hasDesired: false, cycles: 0, converged: false });
});

test('nor before it is started', async (t) => {
  const kernel = await kernelWith();
  const { reconciler } = keep(t, kernel);
  reconciler.setDesired(documentOf(both));
  await kernel.clock.advance(100_000);
  t.deepEqual(kernel.calls, []);
  t.like(reconciler.status, { state: 'idle', hasDesired: true });
});

test('a first cycle brings the kernel to what should be', async (t) => {
  const kernel = await kernelWith();
  const { reconciler, events, heard } = keep(t, kernel);
  reconciler.setDesired(documentOf(both));
  reconciler.start();
  reconciler.start();
  await kernel.clock.advance(49);
  t.is(kernel.calls.length, 0);
  await kernel.clock.advance(1);
  await isReached(t, kernel, both);
  t.deepEqual(events, ['plan', 'operation', 'operation', 'operation', 'converged', 'cycle']);
  t.deepEqual(heard.cycle, [
    [{ number: 1, reasons: ['desired'], operations: 3, durationMs: 0, converged: true }],
  ]);
  t.is(heard.converged[0]?.[0].ok, true);
  t.like(reconciler.status, { state: 'waiting', cycles: 1, converged: true, draining: 0 });
  t.deepEqual(reconciler.record, { version: 1, services: [webId], vips: [] });
});

test('a cycle without changes writes nothing, and says nothing else', async (t) => {
  const kernel = await kernelWith(both);
  const { reconciler, events, heard } = keep(t, kernel);
  reconciler.setDesired(documentOf(both));
  reconciler.start();
  await kernel.clock.advance(3000);
  reconciler.trigger();
  await kernel.clock.advance(3000);
  t.deepEqual(writes(kernel), []);
  t.deepEqual(events, ['cycle', 'cycle']);
  t.like(heard.cycle[1]?.[0], { operations: 0, converged: true, reasons: ['trigger'] });
  t.true(reconciler.status.converged);
  t.deepEqual(reconciler.record?.services as unknown, [webId], 'they are taken over all the same');
});

test('what is there already and taken over goes when it is declared no more', async (t) => {
  const kernel = await kernelWith(both);
  const { reconciler } = await kept(t, kernel, both);
  reconciler.setDesired(documentOf([]));
  await kernel.clock.advance(3000);
  t.is(await kernel.other.getService(web), undefined);
  t.deepEqual(reconciler.record?.services, []);
});

test('reasons that come together make one cycle', async (t) => {
  const kernel = await kernelWith();
  const health = new HealthOverlay();
  const { reconciler, heard } = keep(t, kernel, { health });
  reconciler.start();
  reconciler.setDesired(documentOf(both));
  await kernel.clock.advance(30);
  reconciler.trigger();
  reconciler.trigger();
  health.set(web, '10.2.0.1:80', 'down');
  reconciler.setDesired(documentOf(three));
  await kernel.clock.advance(20);
  t.deepEqual(
    heard.cycle.map(([{ reasons }]) => reasons),
    [['desired', 'trigger', 'health']],
  );
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1', '10.2.0.3 1']);
});

test('two cycles can come at once, and then one in each interval', async (t) => {
  const kernel = await kernelWith(both);
  const { reconciler, begun } = keep(t, kernel);
  reconciler.setDesired(documentOf(both));
  reconciler.start();
  for (let time = 0; time < 5000; time += 10) {
    reconciler.trigger();
    await kernel.clock.advance(10);
  }
  t.deepEqual(begun.slice(0, 2), [50, 100]);
  t.deepEqual(
    begun.slice(2).map((at, index) => at - (begun[index + 1] ?? 0)),
    [950, 1000, 1000, 1000],
  );
});

test('after a rest two can come at once again', async (t) => {
  const kernel = await kernelWith(both);
  const { reconciler, begun, clear } = await kept(t, kernel, both);
  for (let round = 0; round < 3; round += 1) {
    clear();
    const start = begun.length;
    for (let time = 0; time < 300; time += 10) {
      reconciler.trigger();
      await kernel.clock.advance(10);
    }
    t.is(begun.length - start, 2);
    await kernel.clock.advance(5000);
  }
});

test('without a minimum only the debounce is between cycles', async (t) => {
  const kernel = await kernelWith(both);
  const { reconciler, begun } = keep(t, kernel, { minInterval: 0, debounce: 5 });
  reconciler.setDesired(documentOf(both));
  reconciler.start();
  for (let time = 0; time < 50; time += 5) {
    reconciler.trigger();
    await kernel.clock.advance(5);
  }
  t.deepEqual(begun, [5, 10, 15, 20, 25, 30, 35, 40, 45, 50]);
});

test('there are never two at once, and reasons during one make exactly one more', async (t) => {
  const kernel = await kernelWith(both);
  const { reconciler, heard, clear } = await kept(t, kernel, both);
  const fault = kernel.inject({ operation: 'snapshot', delayMs: 5000 });
  reconciler.trigger();
  await kernel.clock.advance(1000);
  t.is(reconciler.status.state, 'working');
  clear();
  for (let each = 0; each < 5; each += 1) {
    reconciler.trigger();
    await kernel.clock.advance(200);
  }
  t.is(kernel.calls.filter(({ operation }) => operation === 'snapshot').length, 1);
  await kernel.clock.advance(20_000);
  t.is(fault.used, 1);
  t.deepEqual(
    heard.cycle.map(([{ reasons }]) => reasons),
    [['trigger'], ['trigger']],
  );
});

test('what should be changes during a cycle: the next one has it', async (t) => {
  const kernel = await kernelWith(both);
  const { reconciler, heard } = await kept(t, kernel, both);
  kernel.before({ operation: 'snapshot' }, () => reconciler.setDesired(documentOf(three)));
  reconciler.trigger();
  await kernel.clock.advance(3000);
  await isReached(t, kernel, three);
  t.deepEqual(
    heard.cycle.map(([{ reasons }]) => reasons),
    [['trigger'], ['desired']],
  );
  t.deepEqual(heard.drift, []);
});

test('it looks again from time to time, and not always after the same', async (t) => {
  const kernel = await kernelWith(both);
  const { events } = keep(t, kernel);
  const { reconciler, begun: at } = await kept(t, kernel, both);
  await kernel.clock.advance(2_000_000);
  t.true(reconciler.status.cycles > 10);
  const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
  for (const gap of gaps) t.true(gap >= 27_000 && gap <= 33_050, String(gap));
  t.true(new Set(gaps).size > 1);
  t.deepEqual(events, [], 'and one that was not started does not');
  t.true(writes(kernel).length === 0);
});

test('how often it looks can be told', async (t) => {
  const kernel = await kernelWith(both);
  const { heard } = await kept(t, kernel, both, { resyncInterval: 10_000 });
  await kernel.clock.advance(100_000);
  const { length } = heard.cycle;
  t.true(length >= 9 && length <= 11, String(length));
  t.deepEqual(heard.cycle[0]?.[0].reasons, ['resync']);
});

test('an invalid document is refused, and what was said before stays', async (t) => {
  const kernel = await kernelWith();
  const { reconciler, heard } = await kept(t, kernel, both);
  t.throws(() => reconciler.setDesired(documentOf([{ ...web, port: 99_999 }])), {
    instanceOf: ValidationError,
  });
  t.throws(() => reconciler.setDesired(undefined), { instanceOf: ValidationError });
  await kernel.other.removeDestination(web, '10.2.0.1:80');
  await kernel.clock.advance(40_000);
  await isReached(t, kernel, both);
  t.deepEqual(heard.error, []);
});

test('a scheduler that refuses everything has to be allowed', async (t) => {
  const kernel = await kernelWith();
  const none: Services = [{ ...web, scheduler: 'none', destinations: [] }];
  t.throws(() => keep(t, kernel).reconciler.setDesired(documentOf(none)), {
    instanceOf: ValidationError,
  });
  const { reconciler } = keep(t, kernel, { allowNoScheduler: true });
  t.notThrows(() => reconciler.setDesired(documentOf(none)));
});

test('the scope is its own', async (t) => {
  const kernel = await kernelWith([...both, { ...mail, destinations: to(1) }]);
  await kept(t, kernel, both, { scope: { mode: 'exclusive' }, drain: { mode: 'immediate' } });
  t.is(await kernel.other.getService(mail), undefined);
});

for (const options of [
  { resyncInterval: 0 },
  { minInterval: -1 },
  { debounce: 'soon' },
  { onStop: 'explode' },
  { onError: 'ignore' },
  { maxRounds: 0.5 },
]) {
  test(`options are checked: ${JSON.stringify(options)}`, async (t) => {
    const kernel = await kernelWith();
    t.throws(() => new Reconciler(kernel, options as never), { code: 'ERR_IPVS_INVALID_VALUE' });
  });
}

test('health: destinations that are down get no new connections, and it is no drift', async (t) => {
  const kernel = await kernelWith();
  const health = new HealthOverlay({ fallbackDestination: { address: '10.2.0.99' } });
  const { reconciler, heard } = await kept(t, kernel, both, { health });
  health.set(web, '10.2.0.1:80', 'down');
  await kernel.clock.advance(3000);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1']);
  health.set(web, '10.2.0.2:80', 'down');
  await kernel.clock.advance(3000);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 0', '10.2.0.99 1']);
  health.set(web, '10.2.0.1:80', 'up');
  await kernel.clock.advance(3000);
  t.deepEqual(await weights(kernel), ['10.2.0.1 1', '10.2.0.2 0']);
  t.deepEqual(heard.drift, []);
  t.true(heard.cycle.some(([{ reasons }]) => reasons.includes('health')));
  await turning(kernel, reconciler.stop());
  kernel.clearCalls();
  health.set(web, '10.2.0.1:80', 'down');
  await kernel.clock.advance(100_000);
  t.deepEqual(kernel.calls, []);
});

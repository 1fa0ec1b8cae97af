import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { FakeClock } from 'ipvs/testing';

test('the clock stands still until it is turned', async (t) => {
  const clock = new FakeClock(1000);
  t.is(clock.now(), 1000);
  await clock.advance(500);
  t.is(clock.now(), 1500);
  t.is(new FakeClock().now(), Date.UTC(2025, 0, 1));
});

test('sleepers wake in order, each at its own time', async (t) => {
  const clock = new FakeClock(0);
  const woken: string[] = [];
  const sleep = async (name: string, ms: number) => {
    await clock.sleep(ms);
    woken.push(`${name} ${clock.now()}`);
  };
  const sleeping = [sleep('late', 20), sleep('early', 10), sleep('never', 21), sleep('now', 0)];
  t.is(clock.sleeping, 4);
  await clock.advance(20);
  t.deepEqual(woken, ['now 0', 'early 10', 'late 20']);
  await clock.advance(1);
  await Promise.all(sleeping);
  t.is(clock.sleeping, 0);
});

test('who sleeps again is woken again before the clock goes on', async (t) => {
  const clock = new FakeClock(0);
  const ticks: number[] = [];
  const ticking = (async () => {
    while (ticks.length < 5) {
      await clock.sleep(10);
      // Work that takes a few turns of the event loop.
      for (let turn = 0; turn < 5; turn += 1) await nextTurn();
      ticks.push(clock.now());
    }
  })();
  await clock.advance(100);
  await ticking;
  t.deepEqual(ticks, [10, 20, 30, 40, 50]);
  t.is(clock.now(), 100);
});

test('sleep can be called off', async (t) => {
  const clock = new FakeClock();
  const reason = new Error('enough');
  await t.throwsAsync(clock.sleep(1, AbortSignal.abort(reason)), { is: reason });
  const controller = new AbortController();
  const sleeping = clock.sleep(10, controller.signal);
  controller.abort(reason);
  await t.throwsAsync(sleeping, { is: reason });
  t.is(clock.sleeping, 0);
  const other = new AbortController();
  const slept = clock.sleep(10, other.signal);
  await clock.advance(10);
  other.abort(reason);
  await t.notThrowsAsync(slept);
});

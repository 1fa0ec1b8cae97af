import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { readRegularly } from '#lib/cli/top/read-regularly.js';
import { countAmounts, type Source, takeReading, totalRates } from '#lib/cli/top/reading.js';
import { initialState } from '#lib/cli/top/state.js';
import { Store } from '#lib/cli/top/store.js';
import { reading, services, stats } from './_top.js';

/** A kernel that counts what it is asked. */
function makeSource(hasTotals: boolean) {
  const asked: string[] = [];
  const source = {
    capabilities: { files: { totals: hasTotals } },
    async snapshot(options: object) {
      asked.push(`snapshot ${Object.keys(options).sort()}`);
      return { services, consistent: true };
    },
    async totals() {
      asked.push('totals');
      return stats(3);
    },
  } as unknown as Source;
  return { source, asked };
}

test('a reading is one snapshot and the totals', async (t) => {
  const { source, asked } = makeSource(true);
  const { services: seen, totals } = await takeReading(source, new AbortController().signal);
  t.is(seen, services);
  t.is(totals?.connections, 3n);
  t.deepEqual(asked, ['snapshot addresses,lazy,settings,signal', 'totals']);
});

test('where there are no totals, the services are summed up', async (t) => {
  const { source, asked } = makeSource(false);
  const taken = await takeReading(source, new AbortController().signal);
  t.is(asked.length, 1);
  t.is(totalRates(taken).bytesOut, 5 + 9 + 7);
  t.is(totalRates(reading(services)).bytesOut, 3);
});

test('what there is is counted', (t) => {
  t.deepEqual(countAmounts(services), {
    services: 3,
    destinations: 4,
    withoutWeight: 1,
    activeConnections: 14,
    inactiveConnections: 28,
  });
});

/** A view that reads every hour, unless something else makes it. */
function makeRegular(read: () => Promise<ReturnType<typeof reading>>) {
  const size = { columns: 80, rows: 24 };
  const store = new Store(initialState({ size, interval: 3_600_000 }));
  const stop = new AbortController();
  const ended = readRegularly(store, read, stop.signal);
  return { store, stop, ended };
}

test('a wish makes a reading before its time, a pause none', async (t) => {
  let count = 0;
  const { store, stop, ended } = makeRegular(async () => {
    count += 1;
    return reading(services, count);
  });
  await nextTurn();
  t.is(count, 1);
  store.dispatch({ kind: 'refresh' });
  await nextTurn();
  t.is(count, 2);
  store.dispatch({ kind: 'pause' });
  store.dispatch({ kind: 'refresh' });
  await nextTurn();
  t.is(count, 2);
  store.dispatch({ kind: 'pause' });
  await nextTurn();
  t.is(count, 3);
  t.is(store.get().reading?.at, 3);
  stop.abort();
  await t.notThrowsAsync(ended);
});

test('a reading that fails is told, and the next one is tried', async (t) => {
  let fails = true;
  const { store, stop, ended } = makeRegular(async () => {
    if (fails) throw new Error('the kernel is gone');
    return reading(services);
  });
  await nextTurn();
  t.is(store.get().failure?.message, 'the kernel is gone');
  fails = false;
  store.dispatch({ kind: 'refresh' });
  await nextTurn();
  t.is(store.get().failure, undefined);
  stop.abort();
  await t.notThrowsAsync(ended);
});

test('a reading that is under way when all is over is not told', async (t) => {
  let answer = (_: ReturnType<typeof reading>) => {};
  const late = new Promise<ReturnType<typeof reading>>((resolve) => {
    answer = resolve;
  });
  const { store, stop, ended } = makeRegular(() => late);
  stop.abort();
  answer(reading(services));
  await ended;
  t.is(store.get().reading, undefined);
});

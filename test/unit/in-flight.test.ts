import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { inFlight, mostInFlight } from '#lib/declarative/apply/in-flight.js';

/** Work that goes on until the test ends it. */
class HeldWork {
  readonly begun: number[] = [];
  readonly #ends = new Map<number, (error?: Error) => void>();

  readonly do = (item: number): Promise<void> => {
    this.begun.push(item);
    return new Promise((resolve, reject) => {
      this.#ends.set(item, (error) => (error === undefined ? resolve() : reject(error)));
    });
  };

  /** Ends the work on an item, and lets follow what follows from it. */
  async end(item: number, error?: Error): Promise<void> {
    this.#ends.get(item)?.(error);
    await turn();
  }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

test('no more is begun than may be under way, and what is over makes room for what comes next', async (t) => {
  const work = new HeldWork();
  const done = inFlight(numbers(4), work.do, 2);
  t.deepEqual(work.begun, [1, 2]);
  await work.end(2);
  t.deepEqual(work.begun, [1, 2, 3]);
  await work.end(1);
  t.deepEqual(work.begun, [1, 2, 3, 4]);
  await work.end(4);
  await work.end(3);
  await t.notThrowsAsync(done);
});

test('one at a time, each waits for the one before', async (t) => {
  const work = new HeldWork();
  const done = inFlight(numbers(3), work.do, 1);
  for (const item of numbers(3)) {
    t.deepEqual(work.begun, numbers(item));
    await work.end(item);
  }
  await t.notThrowsAsync(done);
});

test('all is begun in order, however much of it there is', async (t) => {
  const begun: number[] = [];
  const items = numbers(3 * mostInFlight);
  await inFlight(items, async (item) => {
    begun.push(item);
    await turn();
  });
  t.deepEqual(begun, items);
});

test('after an error nothing is begun, and it comes when what is under way is over', async (t) => {
  const work = new HeldWork();
  const first = new Error('the first');
  let isOver = false;
  const done = inFlight(numbers(5), work.do, 2).finally(() => {
    isOver = true;
  });
  const failing = t.throwsAsync(done, { is: first });
  await work.end(2, first);
  t.deepEqual(work.begun, [1, 2]);
  t.false(isOver);
  await work.end(1, new Error('the second'));
  await failing;
  t.deepEqual(work.begun, [1, 2]);
});

test('what throws before it waits is an error as any other', async (t) => {
  const error = new Error('at once');
  await t.throwsAsync(
    inFlight([1], () => {
      throw error;
    }),
    { is: error },
  );
});

test('with nothing to do it is done', async (t) => {
  const work = new HeldWork();
  await inFlight([], work.do);
  t.deepEqual(work.begun, []);
});

test('an error of what the items come from comes when what is under way is over', async (t) => {
  const work = new HeldWork();
  let isOver = false;
  function* items() {
    yield 1;
    throw new Error('no more items');
  }
  const done = inFlight(items(), work.do).finally(() => {
    isOver = true;
  });
  const failing = t.throwsAsync(done, { message: 'no more items' });
  await turn();
  t.deepEqual(work.begun, [1]);
  t.false(isOver);
  await work.end(1);
  await failing;
});

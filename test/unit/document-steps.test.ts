import test from 'ava';
import fc from 'fast-check';
import { runInSlices, runSteps, type Steps, sortSteps } from '#lib/declarative/document/steps.js';

test('sorting in steps is sorting, and keeps the order of equals', (t) => {
  const items = fc.array(fc.record({ key: fc.nat(50), tag: fc.nat() }), {
    maxLength: 3000,
    size: 'max',
  });
  const byKey = (first: { key: number }, second: { key: number }) => first.key - second.key;
  fc.assert(
    fc.property(items, (items) => {
      const before = [...items];
      t.deepEqual(runSteps(sortSteps(items, byKey)), items.toSorted(byKey));
      t.deepEqual(items, before);
    }),
    { numRuns: 20 },
  );
});

test('a long sort has many steps', (t) => {
  const numbers = Array.from({ length: 10_000 }, (_, index) => (index * 7919) % 10_007);
  let steps = 0;
  for (const _ of sortSteps(numbers, (first, second) => first - second)) steps += 1;
  t.true(steps > 100);
});

test('an error in a step ends the run', async (t) => {
  function* failing(): Steps<number> {
    yield;
    throw new RangeError('halfway');
  }
  t.throws(() => runSteps(failing()), { instanceOf: RangeError });
  await t.throwsAsync(runInSlices(failing()), { instanceOf: RangeError });
});

import test from 'ava';
import { compare } from '../../bench/counts/compare.js';
import { type Counts, type Measure, perItem } from '../../bench/counts/measures.js';

const changes = test.macro({
  exec(t, kept: Counts, now: Counts, expected: readonly string[]) {
    t.deepEqual(compare('JavaScript blocks', { counts: kept }, { counts: now }), {
      kind: 'compared',
      changes: expected,
    });
  },
  title: (title = '') => `counts are compared: ${title}`,
});

test('alike', changes, { a: 100, b: 0 }, { a: 100, b: 0 }, []);
test('within what is allowed', changes, { a: 100, b: 100 }, { a: 101, b: 99 }, []);
test('more', changes, { a: 100 }, { a: 103 }, ['a: 100 before, 103 now (+3.0 %), 1 % allowed']);
test('less', changes, { a: 100 }, { a: 97 }, ['a: 100 before, 97 now (-3.0 %), 1 % allowed']);
test('of nothing', changes, { a: 0 }, { a: 0.001 }, ['a: 0 before, 0.001 now, 1 % allowed']);
test('a new work', changes, {}, { a: 1 }, ['a: 1, and no count is kept']);
test('a work that is gone', changes, { a: 1 }, {}, ['a: 1 is kept, and there is no such work']);

const elsewhere = test.macro({
  exec(t, measure: Measure, expected: ReturnType<typeof compare>) {
    const kept = { environment: 'Node 20', counts: { a: 100, b: 100 } };
    const now = { environment: 'Node 22', counts: { a: 109, b: 111 } };
    t.deepEqual(compare(measure, kept, now), expected);
  },
  title: (_, measure) => `${measure} that were counted with something else`,
});

test(elsewhere, 'JavaScript bytes', {
  kind: 'compared',
  changes: ['b: 100 before, 111 now (+11.0 %), 10 % allowed'],
});
test(elsewhere, 'native instructions', {
  kind: 'elsewhere',
  reason: 'native instructions are kept of Node 20, and these are of Node 22',
});

test('a count of one item has four digits', (t) => {
  t.deepEqual([perItem(123_456, 1000), perItem(57, 1000), perItem(0, 1000)], [123.5, 0.057, 0]);
});

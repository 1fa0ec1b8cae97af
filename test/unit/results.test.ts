import test from 'ava';
import fc from 'fast-check';
import type { Result } from '../../lib/declarative/apply/operation-result.js';
import { namedResults, outcomesIf, Results } from '../../lib/declarative/apply/results.js';
import type { PlannedOperation } from '../../types/plan.js';

const most = 12;

function operation(number: number): PlannedOperation {
  const id = String(number + 1).padStart(4, '0');
  return {
    id,
    phase: 'create',
    op: 'add-service',
    before: null,
    after: null,
    fields: [],
    reason: 'declared',
    impact: 'none',
    dependsOn: [],
  } as unknown as PlannedOperation;
}

const resultOf = (status: Result['status']): Result => ({ status, attempts: 1, durationMs: 0 });

/** What is done with results: one is set, or asked for. */
const deeds = fc.array(
  fc.record({
    place: fc.nat({ max: most - 1 }),
    status: fc.constantFrom('ok', 'pending', 'failed', undefined),
  }),
  { maxLength: 8 * most },
);

test('in whatever order operations end and are asked for, each has its own result, the last one', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: most }), deeds, (count, done) => {
      const operations = Array.from({ length: count }, (_, number) => operation(number));
      const results = new Results(operations);
      const expected = new Map<string, Result>();
      for (const { place, status } of done) {
        const one = operations[place % count] as PlannedOperation;
        if (status === undefined) {
          t.is(results.get(one.id), expected.get(one.id));
        } else {
          const result = resultOf(status);
          results.set(one, result);
          expected.set(one.id, result);
        }
      }
      const ended = operations.filter(({ id }) => expected.has(id));
      t.deepEqual(results.outcomes.operations, ended);
      t.deepEqual(
        results.outcomes.results,
        ended.map(({ id }) => expected.get(id)),
      );
    }),
  );
});

test('what is no operation of the run has no result', (t) => {
  t.is(new Results([]).get('0001'), undefined);
  t.is(new Results([]).operation('0001'), undefined);
  const results = new Results([operation(0)]);
  results.set(operation(0), resultOf('ok'));
  for (let asked = 0; asked < 8; asked += 1) t.is(results.get('0002'), undefined);
  t.is(results.get('0001')?.status, 'ok');
  t.is(results.operation('0002'), undefined);
  t.is(results.operation('0001')?.id, '0001');
});

test('outcomes can be chosen', (t) => {
  const operations = [operation(0), operation(1)];
  const results = [resultOf('ok'), resultOf('failed')];
  const chosen = outcomesIf({ operations, results }, (_, { status }) => status === 'failed');
  t.deepEqual(chosen, { operations: [operation(1)], results: [resultOf('failed')] });
});

test('results have the names of their operations, also where operations share one', (t) => {
  const operations = [operation(0), operation(1)];
  const shared = resultOf('ok');
  t.deepEqual(
    namedResults({ operations, results: [shared, shared] }).map(({ id, op, status }) => ({
      id,
      op,
      status,
    })),
    [
      { id: '0001', op: 'add-service', status: 'ok' },
      { id: '0002', op: 'add-service', status: 'ok' },
    ],
  );
});

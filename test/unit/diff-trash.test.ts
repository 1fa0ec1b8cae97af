import test from 'ava';
import { formatPlan, type Plan } from 'ipvs';
import { type Case, dns, everything, plan, web, webId } from './_plan.js';

/** So many destinations, from one on. */
const some = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({
    address: `10.3.${(from + index) >> 8}.${(from + index) & 255}`,
  }));

const trash = ({ diagnostics }: Plan) => diagnostics.filter(({ code }) => code === 'W_TRASH');

const warns = test.macro({
  exec(t, made: Case, message: string | undefined) {
    const said = trash(plan({ scope: everything, ...made }));
    t.deepEqual(
      said,
      message === undefined ? [] : [{ severity: 'warning', code: 'W_TRASH', message }],
    );
  },
  title: (name) => name ?? '',
});

const remembered = (count: number, times: number) =>
  `the kernel remembers ${count} destinations for two to three minutes after they are removed, and each addition in this network namespace takes about ${times} times as long until then`;

const at = (count: number, from?: number) => [{ ...web, destinations: some(count, from) }];
const immediate = { drain: { mode: 'immediate' } } as const;

test('few removals', warns, { before: at(5000), after: at(1) }, undefined);
test('many', warns, { before: at(5001), after: at(1) }, remembered(5000, 20));
test('many at once', warns, { ...immediate, before: at(5001), after: at(1) }, remembered(5000, 20));
test('more', warns, { before: at(10_001), after: at(1) }, remembered(10_000, 30));
test(
  'destinations of removed services are among them',
  warns,
  {
    ...immediate,
    before: [...at(4001), { ...dns, destinations: some(999) }],
    after: at(1),
  },
  undefined,
);
test(
  'and count',
  warns,
  {
    ...immediate,
    before: [...at(4001), { ...dns, destinations: some(1000) }],
    after: at(1),
  },
  remembered(5000, 20),
);
test(
  'a service that goes as a whole',
  warns,
  { before: at(5000), after: [dns] },
  remembered(5000, 20),
);
test(
  'additions of the same plan',
  warns,
  { before: at(5000), after: at(5001, 5000) },
  `${remembered(5000, 20)}; those of this plan, 5001, come first and are not among them`,
);
test(
  'a single one',
  warns,
  { before: at(5000), after: at(1, 5000) },
  `${remembered(5000, 20)}; those of this plan, 1, come first and are not among them`,
);
test('many additions alone', warns, { after: at(6000) }, undefined);
test(
  'many changes',
  warns,
  {
    before: at(6000),
    after: [{ ...web, destinations: some(6000).map((each) => ({ ...each, weight: 2 })) }],
  },
  undefined,
);
test(
  'what is out of scope stays',
  warns,
  { scope: { mode: 'declared' }, before: at(6000) },
  undefined,
);

test('additions come before removals', (t) => {
  const { operations } = plan({ before: at(5000), after: at(5000, 2500) });
  const last = operations.findLastIndex(({ op }) => op === 'add-dest');
  const first = operations.findIndex(({ op }) => op === 'del-dest');
  t.true(last !== -1 && last < first);
});

test('people are told', (t) => {
  const text = formatPlan(plan({ before: at(5001), after: at(1) }));
  t.true(text.includes(`\n! W_TRASH: ${remembered(5000, 20)}\n`));
  t.true(text.includes(webId));
});

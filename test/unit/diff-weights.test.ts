import test from 'ava';
import { type DesiredService, HealthOverlay, type HealthView } from 'ipvs';
import { type Case, lines, operation, plan, web, webId } from './_plan.js';

const id = '10.2.0.1:80';
const full = `${webId} -> ${id}`;
const at = (weight: number, address = '10.2.0.1') => ({ address, weight });
const is = (weight: number) => [{ ...web, destinations: [at(weight)] }];
const ignore = { ignore: ['weight'] } as const;
const drains = (weightBefore: number) => ({
  drains: [
    { service: webId, destination: id, weightBefore, startedAt: 0, deadlineAt: 300_000 } as never,
  ],
});
const health: HealthView = { effective: (service) => service };

/** What health says of a service. */
const saying = (change: (service: DesiredService) => Partial<DesiredService>): HealthView => ({
  effective: (service) => ({ ...service, ...change(service) }) as DesiredService,
});
const down = saying(({ destinations }) => ({
  destinations: destinations.map((each) => ({ ...each, weight: 0 })),
}));

/** The weight that there will be, `undefined` where none is set. */
const becomes = test.macro({
  exec(t, made: Case, weight: number | undefined) {
    const { operations } = plan(made);
    const [set] = operations;
    t.true(operations.length < 2);
    t.is((set?.after as { weight: number } | undefined)?.weight, weight);
  },
  title: (name) => name ?? '',
});

test('a declared weight is set', becomes, { before: is(5), after: is(2) }, 2);
test('one that is ignored is not', becomes, { before: is(5), after: is(2), ...ignore }, undefined);
test(
  'a service can say so',
  becomes,
  { before: is(5), after: [{ ...web, ignore: ['weight'], destinations: [at(2)] }] },
  undefined,
);
test(
  'a new destination has the declared weight',
  becomes,
  { before: [web], after: is(2), ...ignore },
  2,
);
test('so has one of a new service', (t) => {
  const made = plan({ after: is(2), ...ignore });
  t.like(operation(made, `create add-dest ${full}`).after, { weight: 2 });
});
test('other fields are set, with the weight that is there', (t) => {
  const made = plan({
    before: is(5),
    after: [{ ...web, destinations: [{ ...at(2), upperThreshold: 9 }] }],
    ...ignore,
  });
  const { after, fields } = operation(made, `retouch set-dest ${full}`);
  t.like(after, { weight: 5, upperThreshold: 9 });
  t.deepEqual(
    fields.map(({ path }) => path),
    ['upperThreshold'],
  );
});
test(
  'back from a drain it has the weight from before',
  becomes,
  { before: is(0), after: is(2), ...ignore, ...drains(7) },
  7,
);
test(
  'or the declared one where that is not known',
  becomes,
  { before: is(0), after: is(2), ...ignore, ...drains(0) },
  2,
);
test(
  'without a record it keeps what it has',
  becomes,
  { before: is(0), after: is(2), ...ignore },
  undefined,
);
test(
  'where weights count it has the declared one',
  becomes,
  { before: is(0), after: is(2), ...drains(7) },
  2,
);

test('health takes a weight', becomes, { before: is(5), after: is(2), health: down }, 0);
test(
  'also where weights are ignored',
  becomes,
  { before: is(5), after: is(2), ...ignore, health: down },
  0,
);
test(
  'also back from a drain',
  becomes,
  { before: is(0), after: is(2), ...ignore, ...drains(7), health: down },
  undefined,
);
test('health gives a weight back', becomes, { before: is(0), after: is(2), health }, 2);
test(
  'also where weights are ignored, as declared',
  becomes,
  { before: is(0), after: is(2), ...ignore, health },
  2,
);
test(
  'but leaves others alone',
  becomes,
  { before: is(5), after: is(2), ...ignore, health },
  undefined,
);
test('also of a standby', becomes, { before: is(5), after: is(0), ...ignore, health }, undefined);

test('what is done on account of health says so', (t) => {
  const quiesced = plan({ before: is(5), after: is(5), health: down });
  t.is(operation(quiesced, `contract set-dest ${full}`).reason, 'health');
  const back = plan({ before: is(0), after: is(5), health });
  t.is(operation(back, `expand set-dest ${full}`).reason, 'declared');

  const gone = saying(() => ({ destinations: [] }));
  const removed = plan({ before: is(5), after: is(5), health: gone, drain: { mode: 'immediate' } });
  t.is(operation(removed, `remove-dest del-dest ${full}`).reason, 'health');
  const drained = plan({ before: is(5), after: is(5), health: gone });
  t.deepEqual(
    drained.operations.map(({ reason }) => reason as string),
    ['drain-start', 'drain-end'],
  );
});

test('a destination that stands in comes first and goes last', (t) => {
  const overlay = new HealthOverlay({ fallbackDestination: { address: '10.2.0.9' } });
  const after = [{ ...web, destinations: [at(1), at(1, '10.2.0.2')] }];
  overlay.set(webId, id, 'down');
  overlay.set(webId, '10.2.0.2:80', 'down');
  const lost = plan({ before: after, after, health: overlay });
  t.deepEqual(lines(lost), [
    `expand add-dest ${webId} -> 10.2.0.9:80`,
    `contract set-dest ${full}`,
    `contract set-dest ${webId} -> 10.2.0.2:80`,
  ]);
  t.deepEqual(
    lost.operations.map(({ reason }) => reason as string),
    ['health', 'health', 'health'],
  );
  overlay.set(webId, id, 'up');
  const standing = [{ ...web, destinations: [at(0), at(0, '10.2.0.2'), at(1, '10.2.0.9')] }];
  t.deepEqual(lines(plan({ before: standing, after, health: overlay })), [
    `expand set-dest ${full}`,
    `contract set-dest ${webId} -> 10.2.0.9:80`,
    `remove-dest del-dest ${webId} -> 10.2.0.9:80`,
  ]);
});

test('a new service has the destinations that health leaves it, in order', (t) => {
  const turned = saying(({ destinations }) => ({ destinations: destinations.toReversed() }));
  const after = [{ ...web, destinations: [at(1), at(1, '10.2.0.2')] }];
  t.deepEqual(lines(plan({ after, health: turned })).slice(1), [
    `create add-dest ${full}`,
    `create add-dest ${webId} -> 10.2.0.2:80`,
  ]);
});

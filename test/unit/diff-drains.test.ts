import test from 'ava';
import type { DrainPolicy, DrainRecord } from 'ipvs';
import {
  type Case,
  dependencies,
  dns,
  everything,
  lines,
  operation,
  plan,
  type Services,
  web,
  webId,
} from './_plan.js';

const stays = { address: '10.2.0.1' };
const goes = { address: '10.2.0.2' };
const quiet = { ...goes, weight: 0 };
const end = '10.2.0.2:80';
const full = `${webId} -> ${end}`;
const busy = { connections: { [full]: [2, 3] } } as const;
const fading = { connections: { [full]: [0, 3] } } as const;

const start = `contract set-dest ${full}`;
const finish = `remove-dest del-dest ${full}`;

/** One destination goes; it has weight or has not. */
function going(destination: object, options: Case & { policy?: DrainPolicy } = {}): Case {
  const { policy, ...rest } = options;
  const after = {
    ...web,
    destinations: [stays],
    ...(policy === undefined ? {} : { drain: policy }),
  };
  const before = { ...web, destinations: [stays, destination] } as Services[number];
  return { before: [before], after: [after], ...rest };
}

const record = (times: Partial<DrainRecord> = {}): { readonly drains: readonly DrainRecord[] } => ({
  drains: [
    {
      service: webId as never,
      destination: end as never,
      weightBefore: 4,
      startedAt: 1_000_000,
      deadlineAt: 1_300_000,
      ...times,
    },
  ],
});

/** The operations, and until when each of them waits. */
const drains = test.macro({
  exec(t, made: Case, expected: readonly (readonly [string, object?])[]) {
    const { operations } = plan(made);
    t.deepEqual(
      operations.map((each, index) => [lines({ operations } as never)[index], each.deferred]),
      expected.map(([line, deferred]) => [line, deferred]),
    );
  },
  title: (name) => name ?? '',
});

const fiveMinutes = { until: 'idle', deadlineMs: 300_000 };

test('a drain begins', drains, going(goes, busy), [[start], [finish, fiveMinutes]]);
test('one of a destination without connections begins as well', drains, going(goes), [
  [start],
  [finish, fiveMinutes],
]);
test('a drain is under way', drains, going(quiet, busy), [[finish, fiveMinutes]]);
test(
  'a drain is under way that is on record',
  drains,
  going(quiet, { ...busy, ...record(), now: 1_100_000 }),
  [[finish, { until: 'idle', deadlineMs: 200_000 }]],
);
test('without the time all of it is left', drains, going(quiet, { ...busy, ...record() }), [
  [finish, fiveMinutes],
]);
test(
  'a clock that was set back adds none',
  drains,
  going(quiet, { ...busy, ...record(), now: 500_000 }),
  [[finish, fiveMinutes]],
);
test('a drain whose time is up', drains, going(quiet, { ...busy, ...record(), now: 1_300_000 }), [
  [finish],
]);
test('a drain that is over', drains, going(quiet), [[finish]]);
test(
  'for the impatient it is over with the last active connection',
  drains,
  going(quiet, { ...fading, policy: { until: 'no-active' } }),
  [[finish]],
);
test('for the others it is not', drains, going(quiet, fading), [[finish, fiveMinutes]]);
test(
  'somebody gave it weight again, and the time goes on',
  drains,
  going(goes, { ...busy, ...record(), now: 1_250_000 }),
  [[start], [finish, { until: 'idle', deadlineMs: 50_000 }]],
);
test(
  'somebody gave it weight again when the time was up',
  drains,
  going(goes, { ...busy, ...record(), now: 1_400_000 }),
  [[start], [finish, { until: 'idle', deadlineMs: 0 }]],
);
test(
  'the policy of the service',
  drains,
  going(goes, { policy: { deadline: '5s', until: 'no-active' } }),
  [[start], [finish, { until: 'no-active', deadlineMs: 5000 }]],
);
test('the policy of the call', drains, going(goes, { drain: { deadline: 7 } }), [
  [start],
  [finish, { until: 'idle', deadlineMs: 7 }],
]);
test(
  'the policy of the service comes first',
  drains,
  going(goes, { drain: { deadline: 7, until: 'no-active' }, policy: { deadline: 9 } }),
  [[start], [finish, { until: 'no-active', deadlineMs: 9 }]],
);
test('no drain', drains, going(goes, { policy: { mode: 'immediate' } }), [[finish]]);
test('no time to drain', drains, going(goes, { policy: { deadline: 0 } }), [[finish]]);

/** The same of a service of another kind. */
const kinds = test.macro({
  exec(t, service: object, policy: DrainPolicy, waits: boolean) {
    const before = [{ ...service, destinations: [goes] }] as never as Services;
    const after = [{ ...service, drain: policy, destinations: [] }] as never as Services;
    const { operations } = plan({ before, after });
    t.deepEqual(
      operations.map(({ op, deferred }) => [op as string, deferred !== undefined]),
      waits
        ? [
            ['set-dest', false],
            ['del-dest', true],
          ]
        : [['del-dest', false]],
    );
    const whole = plan({ before, scope: everything, allowEmpty: true, drain: policy });
    t.is(whole.operations.at(-1)?.deferred !== undefined, waits);
    t.is(whole.operations.length, waits ? 2 : 1);
  },
  title: (_, service: object, policy: DrainPolicy, waits: boolean) =>
    `${JSON.stringify(service)} with ${JSON.stringify(policy)} ${waits ? 'drains' : 'goes at once'}`,
});

test(kinds, web, {}, true);
test(kinds, { ...web, protocol: 'sctp' }, {}, true);
test(kinds, dns, {}, false);
test(kinds, dns, { udp: 'wait' }, true);
test(kinds, { ...dns, onePacket: true }, { udp: 'wait' }, false);
test(kinds, { fwmark: 7 }, {}, true);
test(kinds, { fwmark: 7, onePacket: true }, {}, false);
test(kinds, web, { mode: 'immediate' }, false);
test(kinds, web, { deadline: '0s' }, false);

test('what drained is declared again: one operation', (t) => {
  const declared = [{ ...web, destinations: [stays, goes] }];
  const { operations } = plan({
    before: [{ ...web, destinations: [stays, quiet] }],
    after: declared,
    ...record(),
  });
  t.deepEqual(
    operations.map(({ phase, op, reason, fields }) => ({ phase, op, reason, fields })),
    [
      {
        phase: 'expand',
        op: 'set-dest',
        reason: 'drain-cancel',
        fields: [{ path: 'weight', before: 0, after: 1 }],
      },
    ],
  );
  t.is(
    plan({ before: [{ ...web, destinations: [stays, quiet] }], after: declared }).operations[0]
      ?.reason,
    'declared',
  );
});

test('a destination that is declared without weight is never deleted', (t) => {
  const before = [{ ...web, destinations: [stays, quiet] }];
  t.deepEqual(lines(plan({ before, after: before, ...record() })), []);
});

test('a drain changes nothing but the weight', (t) => {
  const odd = { ...goes, forward: 'tunnel', upperThreshold: 7, tunnel: { type: 'gre' } };
  const { before, after, fields } = operation(plan(going(odd)), start);
  t.deepEqual(after as object, { ...before, weight: 0 });
  t.deepEqual(fields, [{ path: 'weight', before: 1, after: 0 }]);
});

test('what a drain ends is the destination as it will be by then', (t) => {
  t.is((operation(plan(going(goes)), finish).before as { weight: number }).weight, 0);
});

test('what is cut has its impact told', (t) => {
  const impacts = (made: Case) => operation(plan(made), finish).impact;
  t.deepEqual(impacts(going(quiet)), ['resets-counters']);
  t.deepEqual(impacts(going(goes)), ['resets-counters']);
  t.deepEqual(impacts(going(goes, { policy: { mode: 'immediate' } })), [
    'existing-flows',
    'resets-counters',
  ]);
  t.deepEqual(impacts(going(quiet, { ...busy, ...record(), now: 1_300_000 })), [
    'existing-flows',
    'resets-counters',
  ]);
});

// Whole services

const whole: Case = { scope: everything, allowEmpty: true };
const both = [{ ...web, destinations: [stays, goes] }];
const one = `contract set-dest ${webId} -> 10.2.0.1:80`;
const last = `remove-service del-service ${webId}`;

test('a service drains with all its destinations', (t) => {
  const made = plan({ ...whole, before: both });
  t.deepEqual(lines(made), [one, start, last]);
  t.deepEqual(dependencies(made, last), [one, start]);
  t.deepEqual(operation(made, last).deferred, fiveMinutes as never);
  t.is(operation(made, last).reason, 'undeclared');
  t.is(made.summary.destinations.drain, 2);
});
test('a service without destinations goes at once', drains, { ...whole, before: [web] }, [[last]]);
test(
  'a service drains already',
  drains,
  { ...whole, before: [{ ...web, destinations: [{ ...stays, weight: 0 }, quiet] }], ...busy },
  [[last, fiveMinutes]],
);
test(
  'a service has drained',
  drains,
  { ...whole, before: [{ ...web, destinations: [{ ...stays, weight: 0 }, quiet] }] },
  [[last]],
);
test(
  'a service whose time is up',
  drains,
  { ...whole, before: [{ ...web, destinations: [quiet] }], ...busy, ...record(), now: 1_300_000 },
  [[last]],
);
test(
  'the time of a service is that of the destination with the most of it',
  drains,
  {
    ...whole,
    before: [{ ...web, destinations: [quiet, { address: '10.2.0.3', weight: 0 }] }],
    connections: { [full]: [1, 0] },
    drains: [
      ...record().drains,
      ...record({ destination: '10.2.0.3:80' as never, deadlineAt: 1_200_000 }).drains,
    ],
    now: 1_150_000,
  },
  [[last, { until: 'idle', deadlineMs: 150_000 }]],
);
test(
  'somebody gave weight to a service whose time was up: the clock does not start again',
  drains,
  { ...whole, before: [{ ...web, destinations: [goes] }], ...busy, ...record(), now: 1_400_000 },
  [[start], [last, { until: 'idle', deadlineMs: 0 }]],
);
test(
  'a service is declared again while it drains',
  drains,
  {
    before: [{ ...web, destinations: [quiet] }],
    after: [{ ...web, destinations: [goes] }],
    ...busy,
  },
  [[`expand set-dest ${full}`]],
);
test(
  'a service that is absent drains by its own policy',
  drains,
  { before: both, after: [{ ...web, ensure: 'absent', drain: { deadline: 9 } }] },
  [[one], [start], [last, { until: 'idle', deadlineMs: 9 }]],
);

import test from 'ava';
import fc from 'fast-check';
import {
  checkDrainPolicy,
  completeDrainPolicy,
  defaultDrainPolicy,
} from '#lib/declarative/document/drain-policy.js';
import { parseDuration } from '#lib/declarative/document/duration.js';
import type { DrainPolicy } from '../../types/document.js';
import { acceptsWith, refusesWith } from './_model-macros.js';

const accepts = acceptsWith((input, report) => checkDrainPolicy(input, report, ''));
const refuses = refusesWith((input, report) => checkDrainPolicy(input, report, ''));

const lasts = test.macro({
  exec: (t, duration: unknown, milliseconds: number | undefined) =>
    t.is(parseDuration(duration), milliseconds),
  title: (_, duration, milliseconds) =>
    `${JSON.stringify(duration)} is ${milliseconds === undefined ? 'no duration' : `${milliseconds} ms`}`,
});

test(lasts, 0, 0);
test(lasts, 1500, 1500);
test(lasts, '0ms', 0);
test(lasts, '500ms', 500);
test(lasts, '300s', 300_000);
test(lasts, '5m', 300_000);
test(lasts, '1h', 3_600_000);
for (const none of [
  '',
  '5',
  '5 s',
  ' 5s',
  '5s ',
  '05s',
  '+5s',
  '-5s',
  '1.5h',
  '5S',
  '5d',
  's',
  '1h30m',
  '5s\n',
]) {
  test(lasts, none, undefined);
}
for (const none of [
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  null,
  true,
  ['5s'],
  undefined,
  5n.toString,
]) {
  test(`${String(none)} is no duration`, (t) => t.is(parseDuration(none), undefined));
}

test(accepts, {}, {});
test(
  accepts,
  {
    mode: 'immediate',
    until: 'no-active',
    deadline: '1h',
    poll: '10ms',
    udp: 'wait',
    hash: 'refuse',
  },
  {
    mode: 'immediate',
    until: 'no-active',
    deadline: 3_600_000,
    poll: 10,
    udp: 'wait',
    hash: 'refuse',
  },
);
test(accepts, { deadline: 0, mode: undefined }, { deadline: 0 });
test(accepts, { deadline: '744h', poll: '24h' }, { deadline: 2_678_400_000, poll: 86_400_000 });

const aDeadline = '0 to 31 days, as whole milliseconds or a text such as 500ms, 300s, 5m or 1h';
const aPoll =
  '10 milliseconds to 24 hours, as whole milliseconds or a text such as 500ms, 300s, 5m or 1h';
test(refuses, undefined, ['E_DRAIN', '', 'an object of drain settings']);
test(refuses, 'wait', ['E_DRAIN', '', 'an object of drain settings']);
test(refuses, [], ['E_DRAIN', '', 'an object of drain settings']);
test(refuses, { mode: 'gentle' }, ['E_DRAIN', '/mode', 'wait or immediate']);
test(refuses, { mode: null }, ['E_DRAIN', '/mode', 'wait or immediate']);
test(refuses, { until: 'done' }, ['E_DRAIN', '/until', 'idle or no-active']);
test(refuses, { deadline: -1 }, ['E_DRAIN', '/deadline', aDeadline]);
test(refuses, { deadline: 2_678_400_001 }, ['E_DRAIN', '/deadline', aDeadline]);
test(refuses, { deadline: '745h' }, ['E_DRAIN', '/deadline', aDeadline]);
test(refuses, { deadline: '300' }, ['E_DRAIN', '/deadline', aDeadline]);
test(refuses, { poll: 9 }, ['E_DRAIN', '/poll', aPoll]);
test(refuses, { poll: '25h' }, ['E_DRAIN', '/poll', aPoll]);
test(refuses, { udp: true }, ['E_DRAIN', '/udp', 'immediate or wait']);
test(refuses, { hash: 'none' }, ['E_DRAIN', '/hash', 'fallback, refuse or immediate']);
test(refuses, { hash: ['fallback'] }, ['E_DRAIN', '/hash', 'fallback, refuse or immediate']);
test(
  refuses,
  { hash: 1, dead: 1, mode: 1, poll: 1 },
  ['E_SCHEMA', '/dead'],
  ['E_DRAIN', '/mode'],
  ['E_DRAIN', '/poll'],
  ['E_DRAIN', '/hash'],
);

const completes = test.macro({
  exec: (t, policies: readonly (DrainPolicy | undefined)[], changes: object) =>
    t.deepEqual(completeDrainPolicy(...policies), { ...defaultDrainPolicy, ...changes }),
  title: (_, policies) => `policies ${JSON.stringify(policies)} make a complete one`,
});

test('the defaults are those of a wait for up to five minutes', (t) => {
  t.deepEqual(completeDrainPolicy(), {
    mode: 'wait',
    until: 'idle',
    deadline: 300_000,
    poll: 1000,
    udp: 'immediate',
    hash: 'fallback',
  });
});
test(completes, [undefined, undefined], {});
test(completes, [{ poll: '2s' }], { poll: 2000 });
test(completes, [{ mode: 'immediate' }, { mode: 'wait', hash: 'refuse' }], {
  mode: 'immediate',
  hash: 'refuse',
});
test(completes, [undefined, { until: 'no-active' }, { until: 'idle', deadline: 5 }], {
  until: 'no-active',
  deadline: 5,
});
test(completes, [{ deadline: 0 }], { mode: 'immediate', deadline: 0 });
test(completes, [{ mode: 'wait' }, { deadline: '0s' }], { mode: 'immediate', deadline: 0 });
test(completes, [{ deadline: '1m' }, { deadline: 0 }], { deadline: 60_000 });

test('a checked policy is a policy that stays as it is', (t) => {
  const policy = fc.record(
    {
      deadline: fc.constantFrom<unknown>('5m', 0, 7),
      poll: fc.constant('1s'),
      mode: fc.constant('wait'),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(policy, (input) => {
      const report = { errorCount: 0, error: () => undefined, warn() {} };
      const checked = checkDrainPolicy(input, report, '');
      t.deepEqual(checkDrainPolicy(checked, report, ''), checked);
    }),
  );
});

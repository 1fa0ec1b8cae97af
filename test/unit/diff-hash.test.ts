import test from 'ava';
import type { DrainPolicy, SchedulerFlag } from 'ipvs';
import {
  type Case,
  dependencies,
  lines,
  operation,
  plan,
  type Services,
  web,
  webId,
} from './_plan.js';

const first = { address: '10.2.0.1' };
const second = { address: '10.2.0.2' };
const quiet = { ...second, weight: 0 };
const full = `${webId} -> 10.2.0.2:80`;
const busy = { connections: { [full]: [1, 0] } } as const;

const tune = `tune set-service ${webId}`;
const start = `contract set-dest ${full}`;
const finish = `remove-dest del-dest ${full}`;
const restore = `restore set-service ${webId}`;

interface Side {
  readonly scheduler?: string;
  readonly flags?: readonly SchedulerFlag[];
  readonly destinations?: readonly object[];
}

function side({ scheduler = 'mh', flags = [], destinations = [first] }: Side): Services[number] {
  return { ...web, scheduler, schedulerFlags: flags, destinations } as never;
}

function drained(before: Side, after: Side = {}, policy: DrainPolicy = {}, more: Case = {}): Case {
  return { before: [side(before)], after: [{ ...side(after), drain: policy } as never], ...more };
}

const shows = test.macro({
  exec(t, made: Case, expected: readonly string[]) {
    t.deepEqual(lines(plan(made)), expected as string[]);
  },
  title: (name) => name ?? '',
});

const both = [first, second];
const lent: readonly SchedulerFlag[] = ['mh-fallback'];

test('the fallback is lent while a destination drains', (t) => {
  const made = plan(drained({ destinations: both }));
  t.deepEqual(lines(made), [tune, start, finish, restore]);
  const [lend, back] = [operation(made, tune), operation(made, restore)];
  t.deepEqual(lend.fields, [{ path: 'schedulerFlags', before: [], after: lent }]);
  t.deepEqual(back.fields, [{ path: 'schedulerFlags', before: lent, after: [] }]);
  t.deepEqual(back.before, lend.after);
  t.is(lend.reason, 'drain-fallback');
  t.is(back.reason, 'drain-fallback');
  t.deepEqual(dependencies(made, restore), [finish]);
  t.deepEqual(back.deferred, operation(made, finish).deferred);
});

test('it waits for all that drain', (t) => {
  const three = [...both, { address: '10.2.0.3', weight: 0 }];
  const made = plan(drained({ destinations: three }));
  t.deepEqual(dependencies(made, restore), [
    finish,
    `remove-dest del-dest ${webId} -> 10.2.0.3:80`,
  ]);
});

test(
  'it stays lent while the drain goes on',
  shows,
  drained({ destinations: [first, quiet], flags: lent }, {}, {}, busy),
  [finish, restore],
);
test(
  'it is lent to a drain that began without',
  shows,
  drained({ destinations: [first, quiet] }, {}, {}, busy),
  [tune, finish, restore],
);
test(
  'it is taken back after the last',
  shows,
  drained({ destinations: [first, quiet], flags: lent }),
  [finish, restore],
);
test('it is not lent to what has drained', shows, drained({ destinations: [first, quiet] }), [
  finish,
]);
test('it is taken back when nothing drains any more', shows, drained({ flags: lent }), [tune]);
test(
  'it is taken back when what drained is declared again',
  shows,
  drained({ destinations: [first, quiet], flags: lent }, { destinations: both }),
  [`expand set-dest ${full}`, tune],
);
test(
  'one that is declared stays',
  shows,
  drained({ destinations: both, flags: lent }, { flags: lent }),
  [start, finish],
);
test(
  'sh has one as well',
  shows,
  drained({ destinations: both, scheduler: 'sh' }, { scheduler: 'sh' }),
  [tune, start, finish, restore],
);
test(
  'other schedulers have none',
  shows,
  drained({ destinations: both, scheduler: 'wlc' }, { scheduler: 'wlc' }),
  [start, finish],
);
test(
  'who refuses it does without',
  shows,
  drained({ destinations: both }, {}, { hash: 'refuse' }),
  [start, finish],
);
test('or without a drain', shows, drained({ destinations: both }, {}, { hash: 'immediate' }), [
  finish,
]);
test(
  'which means nothing where the fallback is declared',
  shows,
  drained({ destinations: both, flags: lent }, { flags: lent }, { hash: 'immediate' }),
  [start, finish],
);
test(
  'dh never drains',
  shows,
  drained({ destinations: both, scheduler: 'dh' }, { scheduler: 'dh' }),
  [finish],
);
test(
  'dh drains as a whole',
  shows,
  { before: [side({ scheduler: 'dh' })], scope: { mode: 'exclusive' }, allowEmpty: true },
  [`contract set-dest ${webId} -> 10.2.0.1:80`, `remove-service del-service ${webId}`],
);
test(
  'what is cut needs no fallback',
  shows,
  drained({ destinations: both }, {}, { mode: 'immediate' }),
  [finish],
);

test('the fallback comes along with what else changes', (t) => {
  const made = plan(
    drained({ destinations: both, scheduler: 'rr' }, { flags: ['mh-port'], scheduler: 'mh' }),
  );
  t.deepEqual(lines(made), [tune, start, finish, restore]);
  t.deepEqual(operation(made, tune).fields, [
    { path: 'scheduler', before: 'rr', after: 'mh' },
    { path: 'schedulerFlags', before: [], after: ['mh-fallback', 'mh-port'] },
  ]);
  t.is(operation(made, tune).reason, 'declared');
  t.deepEqual(operation(made, restore).fields, [
    { path: 'schedulerFlags', before: ['mh-fallback', 'mh-port'], after: ['mh-port'] },
  ]);
});

const impactOf = test.macro({
  exec(t, before: Side, after: Side, line: string, remaps: boolean) {
    const { impact } = operation(plan(drained(before, after)), line);
    t.is(impact.includes('hash-remap'), remaps);
    t.true(impact.includes('new-connections'));
  },
  title: (name) => name ?? '',
});
const weighs = (weight: number) => [first, { ...second, weight }];
const change = (phase: string) => `${phase} set-dest ${full}`;
const sh = { scheduler: 'sh' };

test('the fallback moves no client', impactOf, { flags: lent }, {}, tune, false);
test('to hash ports does', impactOf, {}, { flags: ['mh-port'] }, tune, true);
test('another hash does', impactOf, {}, sh, tune, true);
test('no hash does not', impactOf, {}, { scheduler: 'rr' }, tune, false);
test(
  'a weight of mh does',
  impactOf,
  { destinations: weighs(1) },
  { destinations: weighs(2) },
  change('expand'),
  true,
);
test(
  'the end of a weight of mh does not',
  impactOf,
  { destinations: weighs(1) },
  { destinations: weighs(0) },
  change('contract'),
  false,
);
test(
  'nor its return',
  impactOf,
  { destinations: weighs(0) },
  { destinations: weighs(1) },
  change('expand'),
  false,
);
test(
  'the end of a weight of sh does',
  impactOf,
  { ...sh, destinations: weighs(1) },
  { ...sh, destinations: weighs(0) },
  change('contract'),
  true,
);
test(
  'a weight of others does not',
  impactOf,
  { scheduler: 'rr', destinations: weighs(1) },
  { scheduler: 'rr', destinations: weighs(2) },
  change('expand'),
  false,
);

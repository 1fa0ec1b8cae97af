import test from 'ava';
import { ApplyError, apply, diff, PlanError, planFromJSON, reconcile, stringifyPlan } from 'ipvs';
import type { FakeKernel } from 'ipvs/testing';
import {
  bring,
  isReached,
  kernelWith,
  mail,
  mailId,
  type Services,
  state,
  to,
  told,
  turning,
  web,
  webId,
  weights,
  writes,
} from './_runs.js';

const before: Services = [
  { ...web, destinations: to(1, 2) },
  { ...mail, destinations: to(1) },
];
const after: Services = [
  { ...web, destinations: to(2, 3) },
  { ...mail, scheduler: 'rr', destinations: to(1) },
];

const planned = async (kernel: FakeKernel, options = {}) =>
  diff(state(after), await kernel.other.snapshot(), options);

async function disturb(kernel: FakeKernel): Promise<void> {
  await kernel.other.removeService(mail);
  await kernel.other.addDestination(web, { address: '10.2.0.9', weight: 3 });
}

test('a plan that still fits is carried out', async (t) => {
  const kernel = await kernelWith(before);
  const plan = await planned(kernel);
  const report = await turning(kernel, apply(kernel, plan, { clock: kernel.clock }));
  t.true(report.ok);
  t.true(report.converged);
  t.is(report.plan, plan);
  t.deepEqual(report.remaining, []);
  t.deepEqual(writes(kernel), [
    `add-destination ${webId} -> 10.2.0.3:80`,
    `set-service ${mailId}`,
    `set-destination ${webId} -> 10.2.0.1:80`,
    `remove-destination ${webId} -> 10.2.0.1:80`,
  ]);
});

test('counters alone make no plan stale', async (t) => {
  const kernel = await kernelWith(before);
  const plan = await planned(kernel);
  kernel.connect(web, { client: '192.0.2.7' });
  const run = apply(kernel, plan, { clock: kernel.clock, stale: 'fail' });
  t.true((await turning(kernel, run, 1000)).ok);
});

test('stale: a plan is made anew for what it touches', async (t) => {
  const kernel = await kernelWith(before);
  const plan = await planned(kernel);
  await disturb(kernel);
  const report = await turning(kernel, apply(kernel, plan, { clock: kernel.clock }));
  t.true(report.ok);
  t.not(report.plan, plan);
  t.is(told(report)[0], `add-service ${mailId}: ok`);
  await isReached(t, kernel, after);
});

test('stale: a plan made anew that may not be carried out is not', async (t) => {
  const kernel = await kernelWith(before);
  const plan = await planned(kernel, {
    allow: ['add-dest', 'set-dest', 'del-dest', 'set-service'],
  });
  await disturb(kernel);
  const error = await t.throwsAsync(apply(kernel, plan), { instanceOf: PlanError });
  t.is(error?.code, 'E_NOT_ALLOWED');
  t.deepEqual(writes(kernel), []);
});

test('stale: or it fails, and the differences are told', async (t) => {
  const kernel = await kernelWith(before);
  const plan = await planned(kernel);
  await disturb(kernel);
  const error = await t.throwsAsync(apply(kernel, plan, { stale: 'fail' }), {
    instanceOf: ApplyError,
  });
  t.is(error?.code, 'E_STALE_PLAN');
  t.regex(error?.message ?? '', /tcp\/10\.9\.0\.1:80 has changed; tcp\/10\.9\.0\.2:25 is gone/);
  t.is(error?.report, undefined);
  t.deepEqual(writes(kernel), []);
});

test('stale: a service that was not there is told, too', async (t) => {
  const kernel = await kernelWith();
  const plan = await planned(kernel);
  await kernel.other.addService(web);
  await t.throwsAsync(apply(kernel, plan, { stale: 'fail' }), { message: /:80 is there now/ });
});

test('stale: or the plan is carried out as it is', async (t) => {
  const kernel = await kernelWith(before);
  const plan = await planned(kernel);
  await kernel.other.setService({ ...mail, persistence: true });
  await kernel.other.addDestination(web, { address: '10.2.0.9', weight: 3 });
  const run = apply(kernel, plan, { clock: kernel.clock, stale: 'force', maxRounds: 1 });
  const report = await turning(kernel, run);
  t.is(report.plan, plan);
  t.deepEqual(await weights(kernel), ['10.2.0.2 1', '10.2.0.3 1', '10.2.0.9 3']);
  t.false(report.converged);
});

test('a plan from a file fails where it is stale, unless it is told otherwise', async (t) => {
  const kernel = await kernelWith(before);
  const text = stringifyPlan(await planned(kernel));
  await disturb(kernel);
  const error = await t.throwsAsync(apply(kernel, planFromJSON(text)), { instanceOf: ApplyError });
  t.is(error?.code, 'E_STALE_PLAN');
  const options = { clock: kernel.clock, stale: 'replan' } as const;
  const report = await turning(kernel, apply(kernel, planFromJSON(text), options));
  t.true(report.ok);
  await isReached(t, kernel, after);
});

test('a plan from a file that still fits is carried out', async (t) => {
  const kernel = await kernelWith(before);
  const plan = planFromJSON(stringifyPlan(await planned(kernel)));
  const report = await turning(kernel, apply(kernel, plan, { clock: kernel.clock }));
  t.true(report.converged);
  await isReached(t, kernel, after);
});

test('a plan with errors is not begun', async (t) => {
  const kernel = await kernelWith(before);
  const plan = await planned(kernel, { allow: ['add-dest'] });
  await t.throwsAsync(apply(kernel, plan), { instanceOf: PlanError });
  t.deepEqual(kernel.calls, []);
});

test('a dry run reads, and answers the plan', async (t) => {
  const kernel = await kernelWith(before);
  const rest = { vips: { device: 'ipvs0' }, sysctls: { conn_reuse_mode: 0 } };
  const saved: unknown[] = [];
  const drainStore = {
    load: async () => [],
    save: async (records: unknown) => {
      saved.push(records);
    },
  };
  const report = await bring(kernel, after, { dryRun: true, rest, drainStore });
  t.deepEqual(writes(kernel), []);
  t.true(kernel.calls.length > 0);
  t.deepEqual(saved, []);
  t.deepEqual(report.results, []);
  t.is(report.rounds, 0);
  t.true(report.ok);
  t.false(report.converged);
  t.deepEqual(report.remaining, report.plan.operations);
  t.true(report.plan.operations.length > 5);
});

test('a plan with nothing to do does nothing', async (t) => {
  const kernel = await kernelWith(before);
  const report = await bring(kernel, before);
  t.deepEqual(writes(kernel), []);
  t.like(report, { ok: true, converged: true, rounds: 0, pending: 0, results: [] });
  t.deepEqual(report.record, { version: 1, services: [webId, mailId], vips: [] });
});

test('the record has what was made or taken over, and not what failed', async (t) => {
  const kernel = await kernelWith(before);
  const services: Services = [
    ...before,
    { protocol: 'udp', address: '10.9.0.3', port: 53, scheduler: 'twos' },
    { protocol: 'udp', address: '10.9.0.4', port: 53 },
  ];
  const rest = { vips: { device: 'ipvs0' } };
  kernel.inject({ operation: 'bind-address', target: '10.9.0.2/32 on ipvs0', code: 'EINVAL' });
  const { record } = await bring(kernel, services, { rest });
  t.deepEqual(record, {
    version: 1,
    services: [webId, mailId, 'udp/10.9.0.4:53'],
    vips: ['10.9.0.1/32 on ipvs0', '10.9.0.4/32 on ipvs0'],
  });
  const drain = { mode: 'immediate' } as const;
  const next = await bring(kernel, services.slice(0, 1), { rest, record, drain });
  t.true(next.converged);
  t.deepEqual(next.record, { version: 1, services: [webId], vips: ['10.9.0.1/32 on ipvs0'] });
  t.deepEqual(
    (await kernel.other.snapshot()).services.map(({ id }) => id as string),
    [webId],
  );
});

test('a removal that did not succeed stays in the record', async (t) => {
  const kernel = await kernelWith(before);
  const { record } = await bring(kernel, before);
  kernel.inject({ operation: 'remove-service', code: 'EINVAL' });
  const drain = { mode: 'immediate' } as const;
  const report = await bring(kernel, before.slice(0, 1), { record, drain });
  t.deepEqual(report.record.services as readonly string[], [webId, mailId]);
});

test('reconcile is the same as reading, planning and carrying out', async (t) => {
  const kernel = await kernelWith(before);
  const report = await turning(kernel, reconcile(kernel, state(after), { clock: kernel.clock }));
  t.true(report.converged);
  t.is(kernel.calls.filter(({ operation }) => operation === 'snapshot').length, 1);
});

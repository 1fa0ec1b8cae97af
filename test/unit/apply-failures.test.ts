import test from 'ava';
import { ApplyError, type OperationResult, reconcile } from 'ipvs';
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

const one = `${webId} -> 10.2.0.1:80`;
const two = `${webId} -> 10.2.0.2:80`;
const three = `${webId} -> 10.2.0.3:80`;

const before: Services = [
  { ...web, destinations: to(1, 2) },
  { ...mail, destinations: to(1) },
];
const after: Services = [
  { ...web, destinations: [{ address: '10.2.0.1', weight: 0 }, ...to(3)] },
  { ...mail, destinations: [{ address: '10.2.0.1', weight: 4 }] },
];

test('what failed to appear keeps what it replaces, and other services go on', async (t) => {
  const kernel = await kernelWith(before);
  kernel.inject({ operation: 'add-destination', target: three, code: 'EINVAL' });
  const report = await bring(kernel, after);
  t.deepEqual(told(report), [
    `add-dest ${three}: failed E_KERNEL`,
    `set-dest ${mailId} -> 10.2.0.1:25: ok`,
    `set-dest ${one}: skipped gated`,
    `set-dest ${two}: skipped gated`,
    `del-dest ${two}: skipped gated`,
  ]);
  t.deepEqual(await weights(kernel), ['10.2.0.1 1', '10.2.0.2 1']);
  t.deepEqual(await weights(kernel, mailId), ['10.2.0.1 4']);
  t.false(report.ok);
  t.false(report.converged);
});

test('a removed service stays where one of its drains could not begin', async (t) => {
  const kernel = await kernelWith(before);
  kernel.inject({ operation: 'set-destination', target: one, code: 'EINVAL' });
  const report = await bring(kernel, [{ ...web, ensure: 'absent' }], { wait: false });
  t.deepEqual(told(report), [
    `set-dest ${one}: failed E_KERNEL`,
    `set-dest ${two}: ok`,
    `del-service ${webId}: skipped gated`,
  ]);
  t.not(await kernel.other.getService(web), undefined);
});

test('stop: the first failure is the last thing done', async (t) => {
  const kernel = await kernelWith(before);
  kernel.inject({ operation: 'add-destination', target: three, code: 'EINVAL' });
  const report = await bring(kernel, after, { onError: 'stop' });
  t.deepEqual(told(report), [
    `add-dest ${three}: failed E_KERNEL`,
    `set-dest ${mailId} -> 10.2.0.1:25: skipped stopped`,
    `set-dest ${one}: skipped stopped`,
    `set-dest ${two}: skipped stopped`,
    `del-dest ${two}: skipped stopped`,
  ]);
  t.is(writes(kernel).length, 1);
  t.false(report.ok);
});

test('stop: what had begun to drain is not taken away any more, and its record is kept', async (t) => {
  const kernel = await kernelWith(before);
  kernel.inject({ operation: 'remove-service', code: 'EINVAL' });
  const saved: unknown[] = [];
  const drainStore = {
    load: async () => [],
    save: async (records: readonly unknown[]) => void saved.push(...records),
  };
  const drain = { mode: 'immediate' } as const;
  const report = await bring(
    kernel,
    [
      { ...web, destinations: to(1) },
      { ...mail, ensure: 'absent', drain },
    ],
    { onError: 'stop', drainStore },
  );
  t.deepEqual(told(report), [
    `set-dest ${two}: ok`,
    `del-dest ${two}: skipped stopped`,
    `del-service ${mailId}: failed E_KERNEL`,
  ]);
  t.deepEqual(await weights(kernel), ['10.2.0.1 1', '10.2.0.2 0']);
  t.like(saved, [{ service: webId, destination: '10.2.0.2:80', weightBefore: 1 }]);
});

test('rollback: services, settings and addresses are what they were', async (t) => {
  const kernel = await kernelWith([
    { ...web, scheduler: 'rr', destinations: to(1, 2) },
    { ...mail, destinations: to(1) },
  ]);
  const former = await kernel.other.snapshot();
  const news = { protocol: 'tcp', address: '10.9.0.3', port: 119 } as const;
  const services: Services = [
    { ...web, drain: { mode: 'immediate' }, destinations: [{ address: '10.2.0.1', weight: 5 }] },
    { ...mail, ensure: 'absent', drain: { mode: 'immediate' } },
    { ...news, destinations: to(1) },
  ];
  kernel.inject({ operation: 'remove-service', target: mailId, code: 'EINVAL' });
  const rest = {
    vips: { device: 'ipvs0' },
    timeouts: { tcp: 1000 },
    sysctls: { conn_reuse_mode: 0 },
  };
  const report = await bring(kernel, services, { onError: 'rollback', rest });
  const statuses = new Set(report.results.map(({ status }) => status));
  t.deepEqual([...statuses].sort(), ['failed', 'rolled-back']);
  t.false(report.ok);
  t.deepEqual(report.diagnostics, []);
  const undone = await kernel.other.snapshot();
  t.deepEqual(undone.devices?.['ipvs0'], undefined);
  t.deepEqual(undone.timeouts, former.timeouts);
  t.deepEqual(undone.sysctls, former.sysctls);
  t.deepEqual(undone.addresses, former.addresses);
  t.deepEqual(undone.services, former.services);
  t.deepEqual(report.record, { version: 1, services: [webId], vips: [] });
  // No address without its services, on the way back neither.
  const log = writes(kernel);
  const unbound = log.indexOf('unbind-address 10.9.0.3/32 on ipvs0');
  t.true(unbound > log.indexOf('remove-service tcp/10.9.0.3:119'));
  t.true(log.indexOf('remove-dummy ipvs0') > unbound);
});

test('rollback: what fails a second time is told, with what is left of it', async (t) => {
  const kernel = await kernelWith(before);
  kernel.inject({ operation: 'set-destination', target: one, code: 'EINVAL' });
  kernel.inject({ operation: 'remove-destination', target: three, code: 'EINVAL', times: 9 });
  const report = await bring(kernel, after, { onError: 'rollback' });
  t.deepEqual(told(report), [
    `add-dest ${three}: rollback-failed`,
    `set-dest ${mailId} -> 10.2.0.1:25: rolled-back`,
    `set-dest ${one}: failed E_KERNEL`,
    `set-dest ${two}: skipped stopped`,
    `del-dest ${two}: skipped stopped`,
  ]);
  t.is(report.diagnostics.length, 1);
  t.is(report.diagnostics[0]?.address, webId);
  t.regex(report.diagnostics[0]?.message ?? '', /still to do: del-dest 10\.2\.0\.3:80/);
  t.deepEqual(await weights(kernel, mailId), ['10.2.0.1 1']);
});

test('rollback: what was done in an earlier round goes back as well', async (t) => {
  const kernel = await kernelWith([{ ...web, destinations: to(1) }]);
  kernel.before({ operation: 'get-service', target: webId, nth: 2 }, () =>
    kernel.other.addDestination(web, { address: '10.2.0.8' }),
  );
  kernel.inject({ operation: 'remove-destination', code: 'EINVAL' });
  const services: Services = [
    { ...web, drain: { mode: 'immediate' }, destinations: [{ address: '10.2.0.1', weight: 7 }] },
  ];
  const report = await bring(kernel, services, { onError: 'rollback' });
  t.is(report.rounds, 2);
  t.deepEqual(
    report.results.map(({ id, status }) => [id, status]),
    [
      ['0001', 'rolled-back'],
      ['2.0001', 'failed'],
    ],
  );
  t.deepEqual(await weights(kernel), ['10.2.0.1 1']);
});

test('rollback: when nothing can be read any more the report says so', async (t) => {
  const kernel = await kernelWith(before);
  kernel.before({ operation: 'set-destination', target: one }, () => {
    kernel.inject({ operation: 'get-service', code: 'EIO', times: 99 });
  });
  kernel.inject({ operation: 'set-destination', target: one, code: 'EINVAL' });
  const report = await bring(kernel, after, { onError: 'rollback' });
  t.is(report.results[0]?.status, 'rollback-failed');
  t.false(report.converged);
  t.deepEqual(
    [...new Set(report.diagnostics.map(({ address }) => address))],
    [webId, mailId, undefined],
  );
});

for (const onError of ['continue', 'stop', 'rollback'] as const) {
  for (const [errno, code] of [
    ['EPERM', 'E_PERMISSION'],
    ['ENOPROTOOPT', 'E_MODULE'],
    ['EPROTONOSUPPORT', 'E_MODULE'],
  ] as const) {
    test(`${errno} ends the run at once, with a report (${onError})`, async (t) => {
      const kernel = await kernelWith(before);
      kernel.inject({ operation: 'set-destination', code: errno, times: 99 });
      const error = await t.throwsAsync(bring(kernel, after, { onError }), {
        instanceOf: ApplyError,
      });
      t.is(error?.code, code);
      t.is(error?.report?.ok, false);
      const [first, ...others] = error?.report?.results ?? [];
      t.is(first?.op, 'add-dest');
      t.is(first?.status, onError === 'rollback' ? 'rollback-failed' : 'ok');
      t.true(others.every(({ status }) => status === 'failed' || status === 'skipped'));
      t.is(others.find(({ status }) => status === 'failed')?.code, code);
      t.false(
        error?.report?.remaining.some(({ op }) => op === 'add-dest') && onError !== 'rollback',
      );
      t.is(writes(kernel).filter((call) => call.startsWith('remove')).length, 0);
    });
  }
}

test('without the privilege to read there is an error of the same kind, and no report', async (t) => {
  const kernel = await kernelWith(before);
  kernel.inject({ operation: 'snapshot', code: 'EPERM' });
  const error = await t.throwsAsync(bring(kernel, after), { instanceOf: ApplyError });
  t.is(error?.code, 'E_PERMISSION');
  t.is(error?.report, undefined);
});

test('a kernel that cannot be read first rejects, and nothing is written', async (t) => {
  const kernel = await kernelWith(before);
  kernel.inject({ operation: 'snapshot', code: 'EIO' });
  await t.throwsAsync(bring(kernel, after), { code: 'EIO' });
  t.deepEqual(writes(kernel), []);
});

test('a kernel that cannot be read afterwards is told in the report', async (t) => {
  const kernel = await kernelWith(before);
  kernel.inject({ operation: 'get-service', code: 'EIO', times: 99 });
  const report = await bring(kernel, after);
  t.false(report.ok);
  t.false(report.converged);
  t.is(
    report.results.every(({ status }) => status === 'ok'),
    true,
  );
  t.is(report.diagnostics[0]?.code, 'E_KERNEL');
  t.deepEqual(report.remaining, []);
  await isReached(t, kernel, after);
});

for (const code of ['EINTR', 'EAGAIN', 'EBUSY', 'ENOBUFS', 'ENOMEM', 'ETIMEDOUT'] as const) {
  test(`${code} is tried again after 10, 50 and 250 ms`, async (t) => {
    const kernel = await kernelWith([{ ...mail, destinations: to(1) }]);
    kernel.inject({ operation: 'set-destination', code, times: 3 });
    const began = kernel.clock.now();
    const report = await bring(kernel, after.slice(1));
    t.true(report.ok);
    t.like(report.results[0], { status: 'ok', attempts: 4, durationMs: 310 });
    const tried = kernel.calls.filter(({ operation }) => operation === 'set-destination');
    t.deepEqual(
      tried.map(({ at }) => at - began),
      [0, 10, 60, 310],
    );
  });
}

test('what does not pass in four attempts fails', async (t) => {
  const kernel = await kernelWith([{ ...mail, destinations: to(1) }]);
  kernel.inject({ operation: 'set-destination', code: 'EBUSY', times: 99 });
  const report = await bring(kernel, after.slice(1));
  t.like(report.results[0], { status: 'failed', code: 'E_KERNEL', attempts: 4 });
});

test('answers that were lost are no drift', async (t) => {
  const kernel = await kernelWith();
  for (const operation of ['add-service', 'add-destination', 'set-destination'] as const) {
    kernel.inject({ operation, lostAnswer: true });
  }
  const report = await bring(kernel, [{ ...web, destinations: to(1, 2) }]);
  t.true(report.ok);
  t.true(report.converged);
  t.is(report.rounds, 1);
  t.false(report.results.some(({ drift }) => drift));
  await isReached(t, kernel, [{ ...web, destinations: to(1, 2) }]);
});

test('a removal whose answer was lost has nothing left to remove', async (t) => {
  const kernel = await kernelWith([{ ...web, destinations: [] }]);
  kernel.inject({ operation: 'remove-service', lostAnswer: true });
  const report = await bring(kernel, [{ ...web, ensure: 'absent' }]);
  t.deepEqual(told(report), [`del-service ${webId}: noop`]);
});

test('aborted: what is in flight is finished, the rest is not begun', async (t) => {
  const kernel = await kernelWith(before);
  const controller = new AbortController();
  kernel.before({ operation: 'add-destination' }, () => controller.abort());
  const report = await bring(kernel, after, { onError: 'stop', signal: controller.signal });
  t.deepEqual(told(report), [
    `add-dest ${three}: ok`,
    `set-dest ${mailId} -> 10.2.0.1:25: skipped aborted`,
    `set-dest ${one}: skipped aborted`,
    `set-dest ${two}: skipped aborted`,
    `del-dest ${two}: skipped aborted`,
  ]);
  t.is(writes(kernel).length, 1);
  t.false(report.ok);
  t.is(report.remaining.length, 4);
  t.deepEqual(
    report.diagnostics.map(({ code }) => code),
    ['E_ABORTED'],
  );
});

test('aborted before it has begun: nothing is written', async (t) => {
  const kernel = await kernelWith(before);
  const { apply, diff } = await import('ipvs');
  const plan = diff(state(after), await kernel.other.snapshot());
  const signal = AbortSignal.abort();
  const report = await turning(kernel, apply(kernel, plan, { signal, clock: kernel.clock }));
  t.true(report.results.every(({ skipReason }) => skipReason === 'aborted'));
  t.is(report.results.length, plan.operations.length);
  t.deepEqual(writes(kernel), []);
  await t.throwsAsync(reconcile(kernel, state(after), { signal }), { any: true });
});

test('a signal that comes when all is done changes nothing', async (t) => {
  const kernel = await kernelWith([{ ...mail, destinations: to(1) }]);
  const controller = new AbortController();
  const onOperation = () => controller.abort();
  const report = await bring(kernel, after.slice(1), { signal: controller.signal, onOperation });
  t.true(report.ok);
  t.deepEqual(report.diagnostics, []);
});

test('each result is told as it comes', async (t) => {
  const kernel = await kernelWith(before);
  const seen: OperationResult[] = [];
  const report = await bring(kernel, after, { onOperation: (result) => seen.push(result) });
  t.deepEqual(
    seen.map(({ id }) => id).sort(),
    report.results.map(({ id }) => id),
  );
  t.false(seen.some(({ status }) => status === 'pending'));
});

test('what the caller does wrong, and a handle that is closed, rejects', async (t) => {
  const kernel = await kernelWith(before);
  const onOperation = () => {
    throw new TypeError('a mistake');
  };
  await t.throwsAsync(bring(kernel, after, { onOperation }), { message: 'a mistake' });
  const closed = await kernelWith(before);
  closed.before({ operation: 'add-destination' }, () => {
    throw Object.assign(new Error('closed'), { code: 'ERR_IPVS_CLOSED' });
  });
  await t.throwsAsync(bring(closed, after), { code: 'ERR_IPVS_CLOSED' });
  t.is(writes(closed).filter((call) => call.startsWith('remove')).length, 0);
});

for (const options of [
  { onError: 'rolback' },
  { wait: 1 },
  { maxRounds: 0 },
  { dryRun: 'yes' },
  { signal: {} },
] as const) {
  test(`options are checked: ${JSON.stringify(options)}`, async (t) => {
    const kernel = await kernelWith(before);
    const run = reconcile(kernel, state(after), options as never);
    await t.throwsAsync(run, { code: 'ERR_IPVS_INVALID_VALUE' });
    t.deepEqual(kernel.calls, []);
  });
}

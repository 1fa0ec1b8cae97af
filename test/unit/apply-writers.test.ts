import test from 'ava';
import { reconcile } from 'ipvs';
import type { FakeKernel } from 'ipvs/testing';
import {
  bring,
  isReached,
  kernelWith,
  mail,
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

const wanted: Services = [{ ...web, destinations: to(1, 2) }];

const add = { operation: 'add-service', target: webId } as const;
const onFirst = `${webId} -> 10.2.0.1:80`;

test('add-service, EEXIST: an equal service is none of our work', async (t) => {
  const kernel = await kernelWith();
  kernel.before(add, () => kernel.other.addService(web));
  const report = await bring(kernel, wanted);
  t.deepEqual(told(report), [
    `add-service ${webId}: noop drift`,
    `add-dest ${onFirst}: ok`,
    `add-dest ${webId} -> 10.2.0.2:80: ok`,
  ]);
  t.true(report.ok);
  t.true(report.converged);
  t.is(report.rounds, 1);
  t.deepEqual(writes(kernel), [
    `add-service ${webId}`,
    `add-destination ${onFirst}`,
    `add-destination ${webId} -> 10.2.0.2:80`,
  ]);
  await isReached(t, kernel, wanted);
});

test('add-service, EEXIST: another service is set, and its destinations are planned afresh', async (t) => {
  const kernel = await kernelWith();
  kernel.before(add, async () => {
    await kernel.other.addService({ ...web, scheduler: 'rr', persistence: true });
    await kernel.other.addDestination(web, { address: '10.2.0.1', weight: 7 });
    await kernel.other.addDestination(web, { address: '10.2.0.9' });
  });
  const report = await bring(kernel, wanted);
  t.true(report.ok);
  t.true(report.converged);
  t.is(report.rounds, 2);
  t.deepEqual(told(report), [
    `add-service ${webId}: ok drift`,
    `add-dest ${onFirst}: ok drift`,
    `add-dest ${webId} -> 10.2.0.2:80: ok`,
    `set-dest ${webId} -> 10.2.0.9:80: ok`,
    `del-dest ${webId} -> 10.2.0.9:80: ok`,
  ]);
  t.deepEqual(
    report.results.map(({ id }) => id),
    ['0001', '0002', '0003', '2.0001', '2.0002'],
  );
  await isReached(t, kernel, wanted);
});

test('add-service, EEXIST: a service that goes before it is set is added after all', async (t) => {
  const kernel = await kernelWith();
  kernel.before(add, () => kernel.other.addService({ ...web, scheduler: 'rr' }));
  kernel.before({ operation: 'set-service' }, () => kernel.other.removeService(web));
  const report = await bring(kernel, wanted);
  t.true(report.ok);
  t.is(told(report)[0], `add-service ${webId}: ok drift`);
  await isReached(t, kernel, wanted);
});

test('set-service, ESRCH: the service comes again with all its destinations', async (t) => {
  const kernel = await kernelWith([{ ...web, scheduler: 'rr', destinations: to(1, 2) }]);
  kernel.before({ operation: 'set-service' }, () => kernel.other.removeService(web));
  const report = await bring(kernel, wanted);
  t.deepEqual(told(report), [`set-service ${webId}: ok drift`]);
  t.true(report.ok);
  t.true(report.converged);
  t.deepEqual(writes(kernel), [
    `set-service ${webId}`,
    `add-service ${webId}`,
    `add-destination ${onFirst}`,
    `add-destination ${webId} -> 10.2.0.2:80`,
  ]);
  await isReached(t, kernel, wanted);
});

test('set-service, ESRCH: what another program makes meanwhile is made right', async (t) => {
  const kernel = await kernelWith([{ ...web, scheduler: 'rr', destinations: to(1, 2) }]);
  kernel.before({ operation: 'set-service' }, () => kernel.other.removeService(web));
  kernel.before(add, async () => {
    await kernel.other.addService({ ...web, scheduler: 'lc' });
    await kernel.other.addDestination(web, { address: '10.2.0.1', weight: 9 });
  });
  const report = await bring(kernel, wanted);
  t.true(report.converged);
  await isReached(t, kernel, wanted);
});

for (const op of ['add-service', 'set-service'] as const) {
  for (const [what, code, asked] of [
    ['scheduler', 'E_SCHEDULER_NOT_FOUND', { scheduler: 'twos' }],
    ['engine', 'E_ENGINE_NOT_FOUND', { scheduler: 'wlc', persistence: { engine: 'sip' } }],
  ] as const) {
    test(`${op}, ENOENT: a ${what} that is not there is not asked for twice`, async (t) => {
      const sip = { protocol: 'udp', address: '10.9.0.5', port: 5060 } as const;
      const id = 'udp/10.9.0.5:5060';
      const before = op === 'set-service' ? [{ ...sip, destinations: to(1) }] : [];
      const kernel = await kernelWith(before, { engines: [] });
      const report = await bring(kernel, [
        { ...sip, ...asked, destinations: to(1, 2) },
        { ...web, destinations: to(1) },
      ]);
      t.false(report.ok);
      t.false(report.converged);
      const failed = report.results.find(({ status }) => status === 'failed');
      t.like(failed, { op, code, attempts: 1, service: id });
      t.is(writes(kernel).filter((call) => call === `${op} ${id}`).length, 1);
      t.deepEqual(await weights(kernel), ['10.2.0.1 1'], 'the other service is there');
    });
  }
}

test('a destination of a service that could not be made is left out, and does not make it', async (t) => {
  const kernel = await kernelWith();
  const report = await bring(kernel, [{ ...web, scheduler: 'twos', destinations: to(1, 2) }]);
  t.deepEqual(told(report), [
    `add-service ${webId}: failed E_SCHEDULER_NOT_FOUND`,
    `add-dest ${onFirst}: skipped dependency`,
    `add-dest ${webId} -> 10.2.0.2:80: skipped dependency`,
  ]);
  t.is(writes(kernel).filter((call) => call.startsWith('add-service')).length, 1);
});

test('a destination waits for a service that takes two attempts', async (t) => {
  const kernel = await kernelWith();
  kernel.inject({ ...add, code: 'EBUSY' });
  const report = await bring(kernel, wanted);
  t.deepEqual(
    report.results.map(({ status, attempts, drift }) => [status, attempts, drift]),
    [
      ['ok', 2, undefined],
      ['ok', 1, undefined],
      ['ok', 1, undefined],
    ],
  );
  t.is(writes(kernel).filter((call) => call.startsWith('add-service')).length, 2);
  await isReached(t, kernel, wanted);
});

test('del-service, ESRCH: it has gone already', async (t) => {
  const kernel = await kernelWith([{ ...web, destinations: [] }]);
  kernel.before({ operation: 'remove-service' }, () => kernel.other.removeService(web));
  const report = await bring(kernel, [{ ...web, ensure: 'absent' }]);
  t.deepEqual(told(report), [`del-service ${webId}: noop`]);
  t.true(report.ok);
  t.true(report.converged);
});

test('add-dest, EEXIST: the other program is overwritten', async (t) => {
  const kernel = await kernelWith([{ ...web, destinations: to(1) }]);
  kernel.before({ operation: 'add-destination' }, () =>
    kernel.other.addDestination(web, { address: '10.2.0.2', weight: 50, upperThreshold: 3 }),
  );
  const report = await bring(kernel, wanted);
  t.deepEqual(told(report), [`add-dest ${webId} -> 10.2.0.2:80: ok drift`]);
  await isReached(t, kernel, wanted);
});

test('add-dest, EEXIST: what goes before it is overwritten is added after all', async (t) => {
  const kernel = await kernelWith([{ ...web, destinations: to(1) }]);
  const added = { address: '10.2.0.2', weight: 50 };
  kernel.before({ operation: 'add-destination' }, () => kernel.other.addDestination(web, added));
  kernel.before({ operation: 'set-destination' }, () =>
    kernel.other.removeDestination(web, '10.2.0.2:80'),
  );
  const report = await bring(kernel, wanted);
  t.true(report.ok);
  await isReached(t, kernel, wanted);
});

const heavier: Services = [
  { ...web, destinations: [{ address: '10.2.0.1', weight: 5 }, ...to(2)] },
];

test('set-dest, ENOENT: the destination comes again', async (t) => {
  const kernel = await kernelWith(wanted);
  kernel.before({ operation: 'set-destination' }, () =>
    kernel.other.removeDestination(web, '10.2.0.1:80'),
  );
  const report = await bring(kernel, heavier);
  t.deepEqual(told(report), [`set-dest ${onFirst}: ok drift`]);
  await isReached(t, kernel, heavier);
});

test('set-dest, ENOENT: what was to drain is gone, and stays so', async (t) => {
  const kernel = await kernelWith(wanted);
  kernel.before({ operation: 'set-destination' }, () =>
    kernel.other.removeDestination(web, '10.2.0.1:80'),
  );
  const kept: Services = [{ ...web, destinations: to(2) }];
  const report = await bring(kernel, kept);
  t.deepEqual(told(report), [`set-dest ${onFirst}: noop`, `del-dest ${onFirst}: noop`]);
  t.is(report.drains[0]?.outcome, 'gone');
  t.true(report.ok);
  await isReached(t, kernel, kept);
});

for (const code of ['ENOENT', 'ESRCH'] as const) {
  test(`del-dest, ${code}: it has gone already`, async (t) => {
    const kernel = await kernelWith(wanted);
    kernel.before({ operation: 'remove-destination' }, () =>
      code === 'ENOENT'
        ? kernel.other.removeDestination(web, '10.2.0.1:80')
        : kernel.other.removeService(web),
    );
    const kept: Services = [{ ...web, destinations: to(2), drain: { mode: 'immediate' } }];
    const report = await bring(kernel, kept);
    const first = told(report)[0];
    t.is(first, `del-dest ${onFirst}: noop${code === 'ESRCH' ? ' drift' : ''}`);
    t.true(report.ok);
    t.true(report.converged);
    t.is(report.rounds, code === 'ESRCH' ? 2 : 1, 'a service that should be there comes again');
    await isReached(t, kernel, kept);
  });
}

const onGone: readonly [string, Services, Parameters<FakeKernel['before']>[0]][] = [
  [
    'add-dest',
    [{ ...web, destinations: to(1, 2, 3) }],
    { operation: 'add-destination', target: `${webId} -> 10.2.0.3:80` },
  ],
  ['set-dest', heavier, { operation: 'set-destination' }],
  ['the start of a drain', [{ ...web, destinations: to(2) }], { operation: 'set-destination' }],
];

for (const [name, services, call] of onGone) {
  test(`${name}, ESRCH: the service comes again as it should be`, async (t) => {
    const kernel = await kernelWith(wanted);
    kernel.before(call, () => kernel.other.removeService(web));
    const report = await bring(kernel, services);
    t.true(report.ok);
    t.true(report.converged);
    t.true(report.results.some(({ drift }) => drift));
    await isReached(t, kernel, services);
  });
}

for (const [name, services, call] of [
  ...onGone,
  [
    'set-service',
    [{ ...web, scheduler: 'rr', destinations: to(1, 2) }],
    { operation: 'set-service' },
  ],
] as const) {
  test(`${name}, ESRCH: who keeps removing the service is contention, and no failure`, async (t) => {
    const kernel = await kernelWith(wanted);
    const remove = () => kernel.other.removeService(web);
    kernel.before(call, remove);
    // What comes again never has its first destination when the second is added.
    for (let nth = 1; nth < 200; nth += 1)
      kernel.before({ operation: 'add-destination', nth }, remove);
    const report = await bring(kernel, services, { maxRounds: 2 });
    t.is(report.rounds, 2);
    t.deepEqual(
      report.results.filter(({ status }) => status === 'failed'),
      [],
    );
    t.true(report.results.some(({ status, drift }) => status === 'noop' && drift === true));
    t.like(report.diagnostics.at(-1), { severity: 'error', code: 'E_CONTENTION' });
    t.false(report.ok);
    t.false(report.converged);
  });
}

test('add-service, EEXIST: who makes the service and removes it again is contention', async (t) => {
  const kernel = await kernelWith();
  for (let nth = 1; nth < 100; nth += 1) {
    kernel.before({ operation: 'add-service', nth }, () =>
      kernel.other.addService({ ...web, scheduler: 'rr' }),
    );
    kernel.before({ operation: 'set-service', nth }, () => kernel.other.removeService(web));
  }
  const report = await bring(kernel, [{ ...web, destinations: [] }], { maxRounds: 2 });
  t.deepEqual(told(report), [
    `add-service ${webId}: noop drift`,
    `add-service ${webId}: noop drift`,
  ]);
  t.like(report.diagnostics.at(-1), { severity: 'error', code: 'E_CONTENTION' });
});

test('a service that comes again has the destinations that are healthy', async (t) => {
  const { HealthOverlay } = await import('ipvs');
  const kernel = await kernelWith([{ ...web, scheduler: 'rr', destinations: to(1, 2) }]);
  const health = new HealthOverlay();
  health.set(web, '10.2.0.1:80', 'down');
  kernel.before({ operation: 'set-service' }, () => kernel.other.removeService(web));
  await bring(kernel, wanted, { health });
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1']);
});

for (const code of ['EINVAL', 'ERANGE', 'ENOTSUP'] as const) {
  test(`${code}: it fails, and the report says what it was`, async (t) => {
    const kernel = await kernelWith(wanted);
    kernel.inject({ operation: 'set-destination', code });
    const report = await bring(kernel, heavier);
    t.like(report.results[0], { status: 'failed', code: 'E_KERNEL', attempts: 1 });
    t.true((report.results[0]?.errno ?? 0) < 0);
    const failed = report.plan.operations.find(({ id }) => id === report.results[0]?.id);
    t.like(failed?.after, { address: '10.2.0.1', weight: 5 });
    t.false(report.ok);
    t.false(report.converged);
    t.is(report.remaining.length, 1);
    t.is(report.rounds, 1);
  });
}

test('an address family that the kernel does not balance leaves the other alone', async (t) => {
  const kernel = await kernelWith();
  const six = { protocol: 'tcp', address: 'fd09::1', port: 80 } as const;
  kernel.inject({ operation: 'add-service', target: 'tcp/[fd09::1]:80', code: 'EAFNOSUPPORT' });
  const report = await bring(kernel, [{ ...six, destinations: [] }, ...wanted]);
  t.like(
    report.results.find(({ status }) => status === 'failed'),
    { code: 'E_UNSUPPORTED' },
  );
  t.deepEqual(await weights(kernel), ['10.2.0.1 1', '10.2.0.2 1']);
});

test('a change that keeps its scheduler from coming back is undone at once, and said', async (t) => {
  const kernel = await kernelWith([{ ...web, scheduler: 'rr', destinations: to(1) }]);
  kernel.before({ operation: 'set-service' }, () => {
    for (const service of kernel.raw()) service.scheduler = 'none';
  });
  kernel.inject({ operation: 'set-service', code: 'EINVAL' });
  const report = await bring(kernel, [{ ...web, scheduler: 'mh', destinations: to(1) }]);
  t.like(report.results[0], { status: 'failed', code: 'E_KERNEL' });
  t.regex(report.results[0]?.message ?? '', /without a scheduler, and has the one it had before/);
  t.is((await kernel.other.getService(web))?.scheduler, 'rr');
});

test('a scheduler that cannot be put back is said as well', async (t) => {
  const kernel = await kernelWith([{ ...web, scheduler: 'rr', destinations: to(1) }]);
  kernel.before({ operation: 'set-service' }, () => {
    for (const service of kernel.raw()) service.scheduler = 'none';
  });
  kernel.inject({ operation: 'set-service', code: 'EINVAL', times: 2 });
  const report = await bring(kernel, [{ ...web, scheduler: 'mh', destinations: to(1) }]);
  t.regex(report.results[0]?.message ?? '', /could not be given the one it had before/);
  t.is(report.results[0]?.status, 'failed');
});

test('who changes everything back each time is contention, with the keys', async (t) => {
  const kernel = await kernelWith(wanted);
  // Whenever the run looks again, the destination has another weight.
  for (let nth = 1; nth < 20; nth += 1) {
    kernel.before({ operation: 'list-destinations', nth }, () =>
      kernel.other.updateDestination(web, '10.2.0.1:80', { weight: 1 }),
    );
  }
  const report = await bring(kernel, heavier, { maxRounds: 3 });
  t.is(report.rounds, 3);
  t.false(report.ok);
  t.false(report.converged);
  t.deepEqual(
    report.diagnostics.map(({ code, severity, address }) => [code, severity, address as string]),
    [['E_CONTENTION', 'error', webId]],
  );
  t.is(report.remaining.length, 1);
});

test('what failed is not tried again because something else drifted', async (t) => {
  const kernel = await kernelWith([
    { ...web, destinations: to(1, 2) },
    { ...mail, destinations: to(1) },
  ]);
  kernel.before({ operation: 'set-destination', target: onFirst }, async () => {
    await kernel.other.removeService(web);
    await kernel.other.addService(web);
    await kernel.other.addDestination(web, { address: '10.2.0.9', weight: 4 });
  });
  const services: Services = [...heavier, { ...mail, scheduler: 'twos', destinations: to(1) }];
  const report = await bring(kernel, services);
  t.is(report.rounds, 2);
  t.is(writes(kernel).filter((call) => call.startsWith('set-service')).length, 1);
  t.deepEqual(report.diagnostics, [], 'nothing of it is contention');
  t.deepEqual(
    report.remaining.map(({ op }) => op),
    ['set-service'],
  );
  t.deepEqual(await weights(kernel), ['10.2.0.1 5', '10.2.0.2 1']);
});

test('two runs of one document beside each other fail at nothing', async (t) => {
  const kernel = await kernelWith([{ ...web, scheduler: 'rr', destinations: to(7) }]);
  const options = { clock: kernel.clock };
  const both = Promise.all([
    reconcile(kernel, state(wanted), options),
    reconcile(kernel.other, state(wanted), options),
  ]);
  for (const report of await turning(kernel, both)) t.true(report.ok);
  await isReached(t, kernel, wanted);
});

import test from 'ava';
import {
  bring,
  isReached,
  kernelWith,
  mail,
  type Services,
  to,
  told,
  turning,
  web,
  webId,
  writes,
} from './_runs.js';

const vips = { device: 'ipvs0' } as const;
const rest = { vips };
const services: Services = [{ ...web, destinations: to(1) }];
const second = { protocol: 'tcp', address: '10.9.0.1', port: 443 } as const;
const bound = '10.9.0.1/32 on ipvs0';

test('an address comes after its service is complete, and goes after it is gone', async (t) => {
  const kernel = await kernelWith();
  const made = await bring(kernel, services, { rest });
  t.true(made.converged);
  t.deepEqual(writes(kernel), [
    'ensure-dummy ipvs0',
    `add-service ${webId}`,
    `add-destination ${webId} -> 10.2.0.1:80`,
    `bind-address ${bound}`,
  ]);
  await isReached(t, kernel, services, rest);
  kernel.clearCalls();
  const drain = { mode: 'immediate' } as const;
  const removed = await bring(kernel, [], { rest, record: made.record, drain });
  t.true(removed.converged);
  t.deepEqual(writes(kernel), [
    `remove-service ${webId}`,
    `unbind-address ${bound}`,
    'remove-dummy ipvs0',
  ]);
  t.deepEqual(removed.record, { version: 1, services: [], vips: [] });
});

test('bind, EEXIST: it is bound already', async (t) => {
  const kernel = await kernelWith();
  kernel.before({ operation: 'bind-address' }, () => kernel.other.bindAddress('ipvs0', '10.9.0.1'));
  const report = await bring(kernel, services, { rest });
  t.is(told(report).at(-1), `bind-vip ${bound}: noop`);
  t.true(report.ok);
});

test('bind, ENODEV: the device is made, and bound to once more', async (t) => {
  const kernel = await kernelWith();
  kernel.before({ operation: 'bind-address' }, () => kernel.removeDevice('ipvs0'));
  const report = await bring(kernel, services, { rest });
  t.is(told(report).at(-1), `bind-vip ${bound}: ok drift`);
  t.deepEqual(writes(kernel).slice(-3), [
    `bind-address ${bound}`,
    'ensure-dummy ipvs0',
    `bind-address ${bound}`,
  ]);
  await isReached(t, kernel, services, rest);
});

test('bind, ENODEV: a second time it fails', async (t) => {
  const kernel = await kernelWith();
  kernel.inject({ operation: 'bind-address', code: 'ENODEV', times: 9 });
  const report = await bring(kernel, services, { rest });
  t.is(told(report).at(-1), `bind-vip ${bound}: failed E_KERNEL`);
  t.is(writes(kernel).filter((call) => call.startsWith('bind')).length, 2);
});

test('bind, ENODEV: a device that is not to be made is not', async (t) => {
  const kernel = await kernelWith();
  kernel.addDevice('ipvs0', 'dummy');
  kernel.before({ operation: 'bind-address' }, () => kernel.removeDevice('ipvs0'));
  const report = await bring(kernel, services, { rest: { vips: { ...vips, create: false } } });
  t.is(told(report).at(-1), `bind-vip ${bound}: failed E_KERNEL`);
  t.is(await kernel.other.getDevice('ipvs0'), undefined);
});

test('a device of another kind that appears meanwhile keeps addresses from being bound', async (t) => {
  const kernel = await kernelWith();
  kernel.before({ operation: 'ensure-dummy' }, () => kernel.addDevice('ipvs0', 'bridge'));
  const report = await bring(kernel, services, { rest });
  t.deepEqual(told(report).slice(-1), [`bind-vip ${bound}: skipped dependency`]);
  t.is(report.results[0]?.status, 'failed');
});

test('an address is bound as soon as one of its services came up, and not without any', async (t) => {
  const both: Services = [...services, { ...second, scheduler: 'twos' }];
  const kernel = await kernelWith();
  const one = await bring(kernel, both, { rest });
  t.is(told(one).at(-1), `bind-vip ${bound}: ok`);

  const other = await kernelWith();
  const none = await bring(other, both.slice(1), { rest });
  t.is(told(none).at(-1), `bind-vip ${bound}: skipped dependency`);
  t.false(writes(other).some((call) => call.startsWith('bind')));
});

test('an address is bound where a service was on it before, whatever becomes of a new one', async (t) => {
  const kernel = await kernelWith(services);
  const report = await bring(kernel, [...services, { ...second, scheduler: 'twos' }], { rest });
  t.is(told(report).at(-1), `bind-vip ${bound}: ok`);
});

const gone: Services = [{ ...web, ensure: 'absent' }];

test('unbind waits for the service that drains, and so does the device', async (t) => {
  const kernel = await kernelWith();
  const { record } = await bring(kernel, services, { rest });
  const connection = kernel.connect(web, { client: '192.0.2.7' });
  kernel.clearCalls();
  const report = await bring(kernel, gone, { rest, record, wait: false });
  t.deepEqual(told(report).slice(1), [
    `del-service ${webId}: pending`,
    `unbind-vip ${bound}: pending`,
    'remove-device ipvs0: pending',
  ]);
  t.is(report.pending, 3);
  t.true(report.converged);
  t.true(report.ok);
  t.deepEqual(writes(kernel), [`set-destination ${webId} -> 10.2.0.1:80`]);

  const run = bring(kernel, gone, { rest, record });
  connection?.expire();
  t.true((await run).converged);
  t.deepEqual(writes(kernel).slice(1), [
    `remove-service ${webId}`,
    `unbind-address ${bound}`,
    'remove-dummy ipvs0',
  ]);
});

test('unbind needs every service on the address to be gone', async (t) => {
  const kernel = await kernelWith([...services, { ...second, destinations: [] }]);
  await kernel.other.ensureDummy('ipvs0');
  await kernel.other.bindAddress('ipvs0', '10.9.0.1');
  kernel.inject({ operation: 'remove-service', target: webId, code: 'EINVAL' });
  const drain = { mode: 'immediate' } as const;
  const absent: Services = [
    { ...web, ensure: 'absent', drain },
    { ...second, ensure: 'absent', drain },
  ];
  const report = await bring(kernel, absent, { rest });
  t.deepEqual(told(report), [
    `del-service ${webId}: failed E_KERNEL`,
    'del-service tcp/10.9.0.1:443: ok',
    `unbind-vip ${bound}: skipped dependency`,
  ]);
  t.is((await kernel.other.listAddresses('ipvs0')).length, 1);
});

for (const code of ['EADDRNOTAVAIL', 'ENODEV'] as const) {
  test(`unbind, ${code}: it has gone already`, async (t) => {
    const kernel = await kernelWith([...services, { ...mail, destinations: to(1) }]);
    await kernel.other.ensureDummy('ipvs0');
    await kernel.other.bindAddress('ipvs0', '10.9.0.1');
    kernel.before({ operation: 'unbind-address' }, async () => {
      if (code === 'ENODEV') kernel.removeDevice('ipvs0');
      else await kernel.other.unbindAddress('ipvs0', '10.9.0.1');
    });
    const drain = { mode: 'immediate' } as const;
    const absent: Services = [{ ...web, ensure: 'absent', drain }];
    const report = await bring(kernel, absent, { rest, maxRounds: 1 });
    t.is(told(report).at(-1), `unbind-vip ${bound}: noop`);
    t.true(report.ok);
  });
}

test('an address of the wrong network goes when the right one is there', async (t) => {
  const kernel = await kernelWith(services);
  await kernel.other.ensureDummy('ipvs0');
  kernel.addAddress('ipvs0', '10.9.0.1/24');
  const report = await bring(kernel, services, { rest });
  t.true(report.converged);
  t.deepEqual(writes(kernel), [`bind-address ${bound}`, 'unbind-address 10.9.0.1/24 on ipvs0']);
});

test('a device that has gone already is no failure', async (t) => {
  const kernel = await kernelWith();
  const { record } = await bring(kernel, services, { rest });
  kernel.before({ operation: 'remove-dummy' }, () => kernel.removeDevice('ipvs0'));
  const drain = { mode: 'immediate' } as const;
  const report = await bring(kernel, [], { rest, record, drain });
  t.is(told(report).at(-1), 'remove-device ipvs0: noop');
  t.true(report.ok);
});

test('settings that fail leave services alone', async (t) => {
  const kernel = await kernelWith();
  kernel.inject({ operation: 'set-sysctl', code: 'EACCES' });
  kernel.inject({ operation: 'set-timeouts', code: 'EINVAL' });
  const settings = { sysctls: { conn_reuse_mode: 0 }, timeouts: { tcp: 60 } };
  const report = await turning(kernel, bring(kernel, services, { rest: settings }));
  t.deepEqual(told(report).slice(0, 3), [
    'set-sysctl conn_reuse_mode: failed E_KERNEL',
    'set-timeouts timeouts: failed E_KERNEL',
    `add-service ${webId}: ok`,
  ]);
});

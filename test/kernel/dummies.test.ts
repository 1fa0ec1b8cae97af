import test from 'ava';
import { seenDevices } from './_devices.js';
import { refuses } from './_expect.js';
import { makeNamespace } from './_namespace.js';

test('a dummy is made once, and left down', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  t.deepEqual(await ipvs.ensureDummy('ipvs0'), { created: true });
  const [device] = await seenDevices(namespace, 'ipvs0');
  t.like(device, { ifname: 'ipvs0', operstate: 'DOWN', linkinfo: { info_kind: 'dummy' } });
  t.deepEqual(device?.addr_info, []);
  t.false(device?.flags.includes('UP'));

  await ipvs.bindAddress('ipvs0', '10.9.0.1');
  t.deepEqual(await ipvs.ensureDummy('ipvs0'), { created: false });
  t.deepEqual(await (await namespace.open()).ensureDummy('ipvs0'), { created: false });
  t.is((await ipvs.listAddresses('ipvs0')).length, 1, 'what is bound stays');
});

test('a dummy that another program made is taken as it is', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs, run } = namespace;
  await run('ip', 'link', 'add', 'ipvs0', 'type', 'dummy');
  await run('ip', 'link', 'set', 'ipvs0', 'up');
  t.deepEqual(await ipvs.ensureDummy('ipvs0'), { created: false });
  const [device] = await seenDevices(namespace, 'ipvs0');
  t.true(device?.flags.includes('UP'));
});

for (const [kind, ...commands] of [
  ['bridge', 'link add other type bridge'],
  ['veth', 'link add other type veth peer name end'],
  ['vlan', 'link add base type dummy', 'link add other link base type vlan id 7'],
] as const) {
  test(`a ${kind} of the name is neither adopted nor removed`, async (t) => {
    const namespace = await makeNamespace(t);
    const { ipvs, run } = namespace;
    for (const command of commands) await run('ip', ...command.split(' '));
    const reason = new RegExp(`of the kind "${kind}", not a dummy`);
    const refusal = { code: 'EEXIST', target: 'other', reason } as const;
    await refuses(t, ipvs.ensureDummy('other'), { ...refusal, operation: 'ensure-dummy' });
    await refuses(t, ipvs.removeDummy('other'), { ...refusal, operation: 'remove-dummy' });
    const [device] = await seenDevices(namespace, 'other');
    t.is(device?.linkinfo?.info_kind, kind);
  });
}

test('a device without a kind is neither adopted nor removed', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const reason = /physical or built-in one, not a dummy/;
  const refusal = { code: 'EEXIST', target: 'lo', reason } as const;
  await refuses(t, ipvs.ensureDummy('lo'), { ...refusal, operation: 'ensure-dummy' });
  await refuses(t, ipvs.removeDummy('lo'), { ...refusal, operation: 'remove-dummy' });
  t.true((await ipvs.listAddresses('lo')).length > 0);
});

test('a dummy is removed with its addresses, and no other device', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  await Promise.all([ipvs.ensureDummy('ipvs0'), ipvs.ensureDummy('ipvs1')]);
  await Promise.all([
    ipvs.bindAddress('ipvs0', '10.9.0.1'),
    ipvs.bindAddress('ipvs1', '10.9.0.1'),
    ipvs.bindAddress('ipvs0', 'fd09::1'),
  ]);
  await ipvs.removeDummy('ipvs0');
  t.deepEqual(
    (await ipvs.listAddresses()).filter(({ device }) => device !== 'lo'),
    [{ device: 'ipvs1', address: '10.9.0.1', prefixLength: 32, scope: 'global' }],
  );
  const names = (await seenDevices(namespace)).map(({ ifname }) => ifname);
  t.true(names.includes('ipvs1') && !names.includes('ipvs0'), names.join(' '));
});

test('a device that is not there cannot be removed', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await refuses(t, ipvs.removeDummy('ipvs0'), {
    code: 'ENODEV',
    operation: 'remove-dummy',
    target: 'ipvs0',
    missing: 'device',
    reason: /no such network device/,
  });
});

test('calls of one turn are carried out in order, those about devices and those about services', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const service = { protocol: 'tcp', address: '10.9.0.1', port: 80 } as const;
  const outcomes = await Promise.allSettled([
    ipvs.removeDummy('ipvs0'),
    ipvs.bindAddress('ipvs0', '10.9.0.1'),
    ipvs.addService(service),
    ipvs.ensureDummy('ipvs0'),
    ipvs.bindAddress('ipvs0', '10.9.0.1'),
    ipvs.addService(service),
    ipvs.ensureDummy('ipvs0'),
    ipvs.bindAddress('ipvs0', '10.9.0.1'),
    ipvs.listAddresses('ipvs0'),
    ipvs.removeDummy('ipvs0'),
    ipvs.removeService(service),
    ipvs.unbindAddress('ipvs0', '10.9.0.1'),
    ipvs.ensureDummy('ipvs0'),
    ipvs.listAddresses('ipvs0'),
    ipvs.removeService(service),
  ]);
  const bound = { device: 'ipvs0', address: '10.9.0.1', prefixLength: 32, scope: 'global' };
  t.deepEqual(
    outcomes.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.code)),
    [
      'ENODEV',
      'ENODEV',
      undefined,
      { created: true },
      undefined,
      'EEXIST',
      { created: false },
      'EEXIST',
      [bound],
      undefined,
      undefined,
      'ENODEV',
      { created: true },
      [],
      'ESRCH',
    ],
  );
});

test('of many that want the same dummy at once one makes it, and all have it', async (t) => {
  const { open } = await makeNamespace(t);
  const handles = await Promise.all(Array.from({ length: 8 }, () => open()));
  for (let round = 0; round < 10; round += 1) {
    const answers = await Promise.all(handles.map((handle) => handle.ensureDummy('ipvs0')));
    t.is(answers.filter(({ created }) => created).length, 1);
    await handles[0]?.removeDummy('ipvs0');
  }
});

test('a device can have a name of 15 bytes, and one that is not ASCII', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  for (const name of ['a-name_of.15@by', 'vip-adr€ßen']) {
    t.deepEqual(await ipvs.ensureDummy(name), { created: true });
    await ipvs.bindAddress(name, '10.9.0.1');
    t.deepEqual(await ipvs.listAddresses(name), [
      { device: name, address: '10.9.0.1', prefixLength: 32, scope: 'global' },
    ]);
    t.is((await seenDevices(namespace, name))[0]?.ifname, name);
    await ipvs.removeDummy(name);
  }
});

test('a device can be called by another of its names', async (t) => {
  const { ipvs, run } = await makeNamespace(t);
  await ipvs.ensureDummy('ipvs0');
  await run('ip', 'link', 'property', 'add', 'dev', 'ipvs0', 'altname', 'vips');
  t.deepEqual(await ipvs.ensureDummy('vips'), { created: false });
  await ipvs.bindAddress('vips', '10.9.0.1');
  t.deepEqual(await ipvs.listAddresses('vips'), [
    { device: 'ipvs0', address: '10.9.0.1', prefixLength: 32, scope: 'global' },
  ]);
  await ipvs.removeDummy('vips');
  await t.throwsAsync(ipvs.listAddresses('ipvs0'), { code: 'ENODEV' });
});

test('a device is made in the namespace of its handle and in no other', async (t) => {
  const [one, other] = [await makeNamespace(t), await makeNamespace(t)];
  await one.ipvs.ensureDummy('ipvs0');
  await one.ipvs.bindAddress('ipvs0', '10.9.0.1');
  await t.throwsAsync(other.ipvs.listAddresses('ipvs0'), { code: 'ENODEV' });
  t.deepEqual(await other.ipvs.ensureDummy('ipvs0'), { created: true });
  t.deepEqual(await other.ipvs.listAddresses('ipvs0'), []);
  await other.ipvs.removeDummy('ipvs0');
  t.is((await one.ipvs.listAddresses('ipvs0')).length, 1);
});

test('what is no name of a device is refused before anything is sent', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const invalid = { code: 'ERR_IPVS_INVALID_VALUE' };
  // The kernel takes the last one, and makes an ipvs1 or whatever number is free.
  for (const name of ['', 'sixteen-bytes-16', 'ipvs%d']) {
    for (const [call, path] of [
      [ipvs.ensureDummy(name), 'name'],
      [ipvs.removeDummy(name), 'name'],
      [ipvs.listAddresses(name), 'device'],
      [ipvs.bindAddress(name, '10.9.0.1'), 'device'],
      [ipvs.unbindAddress(name, '10.9.0.1'), 'device'],
    ] as const) {
      const error = await t.throwsAsync(call, invalid);
      t.like(error, { path, value: name });
    }
  }
});

import test from 'ava';
import type { BoundAddress } from 'ipvs';
import { seenAddresses, seenDevices, show } from './_devices.js';
import { refuses } from './_expect.js';
import { makeNamespace, type Namespace } from './_namespace.js';

/** A namespace with a dummy that is called ipvs0. */
async function makeDevice(t: Parameters<typeof makeNamespace>[0]): Promise<Namespace> {
  const namespace = await makeNamespace(t);
  await namespace.ipvs.ensureDummy('ipvs0');
  return namespace;
}

test('an address is bound as a network of its own, and usable at once', async (t) => {
  const namespace = await makeDevice(t);
  const { ipvs, run } = namespace;
  await ipvs.bindAddress('ipvs0', '10.9.0.1');
  await ipvs.bindAddress('ipvs0', 'FD09:0::0001');
  t.deepEqual(await ipvs.listAddresses('ipvs0'), [
    { device: 'ipvs0', address: '10.9.0.1', prefixLength: 32, scope: 'global' },
    { device: 'ipvs0', address: 'fd09::1', prefixLength: 128, scope: 'global' },
  ]);
  const [device] = await seenDevices(namespace, 'ipvs0');
  t.like(device?.addr_info, [
    { local: '10.9.0.1', prefixlen: 32, scope: 'global', valid_life_time: 4294967295 },
    { local: 'fd09::1', prefixlen: 128, scope: 'global', valid_life_time: 4294967295, nodad: true },
  ]);
  t.is(device?.addr_info[1]?.tentative, undefined);
  // A local route is what makes the kernel take a packet for its own.
  t.regex(await run('ip', 'route', 'get', '10.9.0.1'), /^local 10\.9\.0\.1 dev lo/);
  t.regex(await run('ip', 'route', 'get', 'fd09::1'), /^local fd09::1 from :: dev lo/);

  await ipvs.unbindAddress('ipvs0', '10.9.0.1');
  await ipvs.unbindAddress('ipvs0', 'fd09::1');
  t.deepEqual(await ipvs.listAddresses('ipvs0'), []);
  t.deepEqual(await seenAddresses(namespace, 'ipvs0'), []);
});

for (const address of ['10.9.0.1', 'fd09::1']) {
  test(`${address} cannot be bound twice, nor taken away twice`, async (t) => {
    const { ipvs } = await makeDevice(t);
    const target = `${address}/${address.includes(':') ? 128 : 32} on ipvs0`;
    await ipvs.bindAddress('ipvs0', address);
    await refuses(t, ipvs.bindAddress('ipvs0', address), {
      code: 'EEXIST',
      operation: 'bind-address',
      target,
      reason: /already bound/,
    });
    await ipvs.unbindAddress('ipvs0', address);
    await refuses(t, ipvs.unbindAddress('ipvs0', address), {
      code: 'EADDRNOTAVAIL',
      operation: 'unbind-address',
      target,
      missing: 'address',
      reason: /no such address of this prefix length/,
    });
  });

  test(`${address} is bound to each device by itself`, async (t) => {
    const namespace = await makeDevice(t);
    const { ipvs, run } = namespace;
    await ipvs.ensureDummy('other');
    await ipvs.bindAddress('other', address);
    await ipvs.bindAddress('ipvs0', address);
    await ipvs.unbindAddress('other', address);
    t.deepEqual(await seenAddresses(namespace, 'other'), []);
    t.is((await seenAddresses(namespace, 'ipvs0')).length, 1);
    t.regex(await run('ip', 'route', 'get', address), /^local /, 'it is still local');
    await t.throwsAsync(ipvs.unbindAddress('other', address), { code: 'EADDRNOTAVAIL' });
    t.is((await seenAddresses(namespace, 'ipvs0')).length, 1);
  });

  test(`on a device that is not there ${address} can be neither bound nor taken away`, async (t) => {
    const { ipvs } = await makeNamespace(t);
    const target = `${address}/${address.includes(':') ? 128 : 32} on ipvs0`;
    const gone = { code: 'ENODEV', missing: 'device', reason: /no such network device/ } as const;
    await refuses(t, ipvs.bindAddress('ipvs0', address), {
      ...gone,
      operation: 'bind-address',
      target,
    });
    await refuses(t, ipvs.unbindAddress('ipvs0', address), {
      ...gone,
      operation: 'unbind-address',
      target,
    });
    await refuses(t, ipvs.listAddresses('ipvs0'), {
      ...gone,
      operation: 'list-addresses',
      target: 'ipvs0',
    });
  });
}

test('an IPv4 address can stand beside itself with another prefix length, and only ours is taken away', async (t) => {
  const namespace = await makeDevice(t);
  const { ipvs, run } = namespace;
  await run('ip', 'address', 'add', '10.9.0.1/24', 'dev', 'ipvs0');
  await ipvs.bindAddress('ipvs0', '10.9.0.1');
  t.deepEqual(show(await ipvs.listAddresses('ipvs0')), [
    '10.9.0.1/24 global',
    '10.9.0.1/32 global',
  ]);
  await ipvs.unbindAddress('ipvs0', '10.9.0.1');
  t.deepEqual(await seenAddresses(namespace, 'ipvs0'), ['10.9.0.1/24 global']);
  await t.throwsAsync(ipvs.unbindAddress('ipvs0', '10.9.0.1'), { code: 'EADDRNOTAVAIL' });
  t.deepEqual(await seenAddresses(namespace, 'ipvs0'), ['10.9.0.1/24 global']);
});

test('an IPv6 address cannot: the reason says so, and it is left alone', async (t) => {
  const namespace = await makeDevice(t);
  const { ipvs, run } = namespace;
  await run('ip', 'address', 'add', 'fd09::1/64', 'dev', 'ipvs0', 'nodad');
  await refuses(t, ipvs.bindAddress('ipvs0', 'fd09::1'), {
    code: 'EEXIST',
    operation: 'bind-address',
    target: 'fd09::1/128 on ipvs0',
    reason: /IPv6 with whatever one/,
  });
  await t.throwsAsync(ipvs.unbindAddress('ipvs0', 'fd09::1'), { code: 'EADDRNOTAVAIL' });
  t.deepEqual(await seenAddresses(namespace, 'ipvs0'), ['fd09::1/64 global']);
});

test("the address of a line's end is the one on this side, and not taken for a virtual one", async (t) => {
  const namespace = await makeDevice(t);
  const { ipvs, run } = namespace;
  await run('ip', 'address', 'add', '10.9.0.1', 'peer', '10.9.0.2/32', 'dev', 'ipvs0');
  await run('ip', 'address', 'add', 'fd09::1', 'peer', 'fd09::2/128', 'dev', 'ipvs0', 'nodad');
  const listed = ['10.9.0.1/32 global', 'fd09::1/128 global'];
  t.deepEqual(show(await ipvs.listAddresses('ipvs0')), listed);
  await t.throwsAsync(ipvs.unbindAddress('ipvs0', '10.9.0.1'), { code: 'EADDRNOTAVAIL' });
  await t.throwsAsync(ipvs.unbindAddress('ipvs0', '10.9.0.2'), { code: 'EADDRNOTAVAIL' });
  t.deepEqual(show(await ipvs.listAddresses('ipvs0')), listed);
});

test('a device is named by its name, not by the label of an address', async (t) => {
  const { ipvs, run } = await makeDevice(t);
  await run('ip', 'address', 'add', '10.9.0.1/24', 'dev', 'ipvs0', 'label', 'ipvs0:web');
  await run('ip', 'link', 'set', 'ipvs0', 'name', 'ipvs1');
  t.deepEqual(
    (await ipvs.listAddresses()).filter(({ address }) => address === '10.9.0.1'),
    [{ device: 'ipvs1', address: '10.9.0.1', prefixLength: 24, scope: 'global' }],
  );
});

test('every address of the namespace is listed, as another program sees them', async (t) => {
  const namespace = await makeDevice(t);
  const { ipvs, run } = namespace;
  await run('ip', 'link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'end');
  await run('ip', 'link', 'set', 'cable', 'up');
  await run('ip', 'link', 'set', 'end', 'up');
  await run('ip', 'address', 'add', '10.8.0.1/24', 'dev', 'cable');
  await run('ip', 'address', 'add', '10.8.1.200/24', 'dev', 'cable', 'scope', 'link');
  await run('ip', 'address', 'add', '10.8.1.9/25', 'dev', 'cable', 'scope', '42');
  await run('ip', 'address', 'add', 'fec0::1/64', 'dev', 'cable', 'nodad');
  for (const address of ['10.9.0.10', '10.9.0.9', 'fd09::a', 'fd09::9', '9.0.0.1']) {
    await ipvs.bindAddress('ipvs0', address);
  }
  const seen = (await seenDevices(namespace)).flatMap(({ ifname, addr_info }) =>
    addr_info.map(({ local, prefixlen, scope }) => `${ifname} ${local}/${prefixlen} ${scope}`),
  );
  const listed = (await ipvs.listAddresses()).map(
    ({ device, address, prefixLength, scope }) =>
      `${device} ${address}/${prefixLength} ${scope.replace('scope-', '')}`,
  );
  t.deepEqual(listed.toSorted(), seen.toSorted());
  t.deepEqual(
    listed.filter((line) => !line.includes('fe80:')),
    [
      'cable 10.8.0.1/24 global',
      'cable 10.8.1.9/25 42',
      'cable 10.8.1.200/24 link',
      'cable fec0::1/64 site',
      'ipvs0 9.0.0.1/32 global',
      'ipvs0 10.9.0.9/32 global',
      'ipvs0 10.9.0.10/32 global',
      'ipvs0 fd09::9/128 global',
      'ipvs0 fd09::a/128 global',
      'lo 127.0.0.1/8 host',
      'lo ::1/128 host',
    ],
  );
  const linkLocal = (await ipvs.listAddresses('cable')).find(({ scope, prefixLength }) => {
    return scope === 'link' && prefixLength === 64;
  });
  t.regex(String(linkLocal?.address), /^fe80::/);
});

test('an IPv4-mapped address is bound as the IPv4 address in it', async (t) => {
  const namespace = await makeDevice(t);
  const { ipvs, run } = namespace;
  await ipvs.bindAddress('ipvs0', '::ffff:10.9.0.1');
  t.deepEqual(await seenAddresses(namespace, 'ipvs0'), ['10.9.0.1/32 global']);
  // One that another program bound as it is can be seen and taken away.
  await run('ip', 'address', 'add', '::ffff:10.9.0.1/128', 'dev', 'ipvs0', 'nodad');
  t.is((await ipvs.listAddresses('ipvs0'))[1]?.address, '::ffff:10.9.0.1');
  await ipvs.unbindAddress('ipvs0', '::ffff:10.9.0.1');
  t.deepEqual(await seenAddresses(namespace, 'ipvs0'), ['10.9.0.1/32 global']);
});

test('an address of the loopback network keeps to the host; the IPv6 loopback is taken by lo alone', async (t) => {
  const namespace = await makeDevice(t);
  const { ipvs } = namespace;
  await ipvs.bindAddress('ipvs0', '127.0.0.5');
  t.deepEqual(await seenAddresses(namespace, 'ipvs0'), ['127.0.0.5/32 host']);
  await refuses(t, ipvs.bindAddress('ipvs0', '::1'), {
    code: 'EADDRNOTAVAIL',
    operation: 'bind-address',
    target: '::1/128 on ipvs0',
    reason: /belongs to lo/,
  });
});

test('what is no address to bind is refused before anything is sent', async (t) => {
  const namespace = await makeDevice(t);
  const { ipvs } = namespace;
  for (const address of [
    '0.0.0.0', // which the kernel takes without a word, and binds nothing
    '224.0.0.1', // which it binds
    '255.255.255.255', // and this
    'fe80::1', // and this
    '10.9.0.1/32',
    17,
  ]) {
    const call = ipvs.bindAddress('ipvs0', address as string);
    const error = await t.throwsAsync(call, { code: 'ERR_IPVS_INVALID_VALUE' });
    t.like(error, { path: 'address', value: address });
  }
  const call = ipvs.unbindAddress('ipvs0', 'fd09::1/129');
  const error = await t.throwsAsync(call, { code: 'ERR_IPVS_INVALID_VALUE' });
  t.like(error, { path: 'address', value: 'fd09::1/129' });
  t.deepEqual(await seenAddresses(namespace, 'ipvs0'), []);
});

test('an address of another prefix length is taken away where that is named', async (t) => {
  const namespace = await makeDevice(t);
  const { ipvs, run } = namespace;
  for (const address of ['10.9.0.1/24', '10.9.0.1/32', 'fd09::1/64']) {
    await run('ip', 'address', 'add', address, 'dev', 'ipvs0');
  }
  await t.throwsAsync(ipvs.unbindAddress('ipvs0', 'fd09::1'), { code: 'EADDRNOTAVAIL' });
  await ipvs.unbindAddress('ipvs0', 'fd09::1/64');
  await ipvs.unbindAddress('ipvs0', '10.9.0.1/24');
  t.deepEqual(await seenAddresses(namespace, 'ipvs0'), ['10.9.0.1/32 global']);
});

test('addresses that another program bound where none should be can be taken away', async (t) => {
  const namespace = await makeDevice(t);
  const { ipvs, run } = namespace;
  for (const address of ['224.0.0.1', '255.255.255.255', 'fe80::5']) {
    await run('ip', 'address', 'add', address, 'dev', 'ipvs0');
    await ipvs.unbindAddress('ipvs0', address);
  }
  t.deepEqual(await seenAddresses(namespace, 'ipvs0'), []);
});

test('a device that goes down after it was up loses its IPv6 addresses and nothing else', async (t) => {
  const namespace = await makeDevice(t);
  const { ipvs, run } = namespace;
  const addresses = ['10.9.0.1', 'fd09::1'] as const;
  const ours = ['10.9.0.1/32 global', 'fd09::1/128 global'];
  for (const address of addresses) await ipvs.bindAddress('ipvs0', address);
  await run('ip', 'link', 'set', 'ipvs0', 'up');
  const up = await ipvs.listAddresses('ipvs0');
  const linkLocal = up.find(({ scope }) => scope === 'link') as BoundAddress;
  t.regex(linkLocal.address, /^fe80::/);
  t.is(linkLocal.prefixLength, 64);
  t.deepEqual(show(up.filter((each) => each !== linkLocal)), ours);

  await run('ip', 'link', 'set', 'ipvs0', 'down');
  t.deepEqual(show(await ipvs.listAddresses('ipvs0')), ['10.9.0.1/32 global']);
  t.regex(await run('ip', 'route', 'get', '10.9.0.1'), /^local 10\.9\.0\.1 dev lo/);
  await ipvs.bindAddress('ipvs0', 'fd09::1');
  t.deepEqual(show(await ipvs.listAddresses('ipvs0')), ours);

  await run('sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/ipvs0/keep_addr_on_down');
  await run('ip', 'link', 'set', 'ipvs0', 'up');
  await run('ip', 'link', 'set', 'ipvs0', 'down');
  t.deepEqual(show(await ipvs.listAddresses('ipvs0')), ours);
});

test('where IPv6 is disabled, the reason says so', async (t) => {
  const { ipvs, run } = await makeDevice(t);
  await run('sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/ipvs0/disable_ipv6');
  await refuses(t, ipvs.bindAddress('ipvs0', 'fd09::1'), {
    code: 'EACCES',
    operation: 'bind-address',
    target: 'fd09::1/128 on ipvs0',
    reason: /IPv6 is disabled on the device/,
  });
  await ipvs.bindAddress('ipvs0', '10.9.0.1');
  t.is((await ipvs.listAddresses('ipvs0')).length, 1);
});

test('where packets are too small for IPv6, the reason says so', async (t) => {
  const { ipvs, run } = await makeNamespace(t);
  await run('ip', 'link', 'add', 'small', 'mtu', '1000', 'type', 'dummy');
  await refuses(t, ipvs.bindAddress('small', 'fd09::1'), {
    code: 'EINVAL',
    operation: 'bind-address',
    target: 'fd09::1/128 on small',
    reason: /MTU/,
  });
  await t.throwsAsync(ipvs.unbindAddress('small', 'fd09::1'));
});

test('calls that are called off before they leave change nothing', async (t) => {
  const namespace = await makeDevice(t);
  const { ipvs } = namespace;
  const calledOff = async (calls: (signal: AbortSignal) => Promise<unknown>[]) => {
    const controller = new AbortController();
    const made = calls(controller.signal);
    controller.abort(new Error('never mind'));
    for (const call of made) await t.throwsAsync(call, { message: 'never mind' });
  };
  await calledOff((signal) => [
    ipvs.bindAddress('ipvs0', '10.9.0.1', { signal }),
    ipvs.unbindAddress('ipvs0', '10.9.0.2', { signal }),
    ipvs.ensureDummy('ipvs1', { signal }),
    ipvs.removeDummy('ipvs0', { signal }),
  ]);
  await calledOff((signal) => [ipvs.listAddresses(undefined, { signal })]);
  t.deepEqual(await seenAddresses(namespace, 'ipvs0'), []);
  await t.throwsAsync(ipvs.listAddresses('ipvs1'), { code: 'ENODEV' });
});

import test from 'ava';
import type { BoundAddress } from 'ipvs';
import { refuses } from '../kernel/_expect.js';
import { endings, type MakeSubject } from './subject.js';

const show = (listed: readonly BoundAddress[]) =>
  listed.map(({ device, address, prefixLength, scope }) => {
    return `${device} ${address}/${prefixLength} ${scope}`;
  });

/** Declares the tests of what a backend does with network devices and their addresses. */
export function declareAddresses(make: MakeSubject): void {
  test('a dummy is made once, and removed with its addresses', async (t) => {
    const { backend } = await make(t);
    t.is(await backend.getDevice('ipvs0'), undefined);
    t.deepEqual(await backend.ensureDummy('ipvs0'), { created: true });
    t.deepEqual(await backend.ensureDummy('ipvs0'), { created: false });
    t.deepEqual(await backend.getDevice('ipvs0'), { name: 'ipvs0', kind: 'dummy' });
    await backend.bindAddress('ipvs0', '10.9.0.1');
    await backend.bindAddress('ipvs0', 'FD09:0::1');
    t.deepEqual(await backend.listAddresses('ipvs0'), [
      { device: 'ipvs0', address: '10.9.0.1', prefixLength: 32, scope: 'global' },
      { device: 'ipvs0', address: 'fd09::1', prefixLength: 128, scope: 'global' },
    ]);
    await backend.removeDummy('ipvs0');
    t.is(await backend.getDevice('ipvs0'), undefined);
    t.deepEqual(show(await backend.listAddresses()), ['lo 127.0.0.1/8 host', 'lo ::1/128 host']);
  });

  test('a device of another kind is neither adopted nor removed', async (t) => {
    const { backend, hand } = await make(t);
    await hand.makeDevice('other', 'bridge');
    for (const [target, reason] of [
      ['other', /of the kind "bridge", not a dummy/],
      ['lo', /a physical or built-in one, not a dummy/],
    ] as const) {
      const refusal = { code: 'EEXIST', target, reason } as const;
      const ensure = backend.ensureDummy(target);
      await refuses(t, ensure, { ...refusal, operation: 'ensure-dummy' });
      const remove = backend.removeDummy(target);
      await refuses(t, remove, { ...refusal, operation: 'remove-dummy' });
    }
    t.deepEqual(await backend.getDevice('other'), { name: 'other', kind: 'bridge' });
    t.deepEqual(await backend.getDevice('lo'), { name: 'lo', kind: '' });
  });

  test('whatever is asked of a device that is not there, it is the device that is missing', async (t) => {
    const { backend } = await make(t);
    const gone = { code: 'ENODEV', missing: 'device', reason: /no such network device/ } as const;
    for (const [operation, target, call] of [
      ['remove-dummy', 'ipvs0', backend.removeDummy('ipvs0')],
      ['list-addresses', 'ipvs0', backend.listAddresses('ipvs0')],
      ['bind-address', '10.9.0.1/32 on ipvs0', backend.bindAddress('ipvs0', '10.9.0.1')],
      ['bind-address', '::1/128 on ipvs0', backend.bindAddress('ipvs0', '::1')],
      ['unbind-address', 'fd09::1/128 on ipvs0', backend.unbindAddress('ipvs0', 'fd09::1')],
    ] as const) {
      await refuses(t, call, { ...gone, operation, target });
    }
  });

  test('an address is bound once to each device, and taken away once', async (t) => {
    const { backend } = await make(t);
    await backend.ensureDummy('ipvs0');
    await backend.ensureDummy('ipvs1');
    for (const address of ['10.9.0.1', 'fd09::1']) {
      await backend.bindAddress('ipvs0', address);
      await backend.bindAddress('ipvs1', address);
      const target = `${address}/${address.includes(':') ? 128 : 32} on ipvs0`;
      await refuses(t, backend.bindAddress('ipvs0', address), {
        code: 'EEXIST',
        operation: 'bind-address',
        target,
        reason: /already bound/,
      });
      await backend.unbindAddress('ipvs0', address);
      await refuses(t, backend.unbindAddress('ipvs0', address), {
        code: 'EADDRNOTAVAIL',
        operation: 'unbind-address',
        target,
        missing: 'address',
        reason: /no such address of this prefix length/,
      });
    }
    t.deepEqual(show(await backend.listAddresses('ipvs1')), [
      'ipvs1 10.9.0.1/32 global',
      'ipvs1 fd09::1/128 global',
    ]);
  });

  test('an IPv4 address can stand beside itself with another prefix length, an IPv6 one cannot', async (t) => {
    const { backend, hand } = await make(t);
    await backend.ensureDummy('ipvs0');
    await hand.bind('ipvs0', '10.9.0.1/24');
    await hand.bind('ipvs0', 'fd09::1/64');
    await backend.bindAddress('ipvs0', '10.9.0.1');
    t.deepEqual(await endings(backend.bindAddress('ipvs0', 'fd09::1')), ['EEXIST']);
    await backend.unbindAddress('ipvs0', '10.9.0.1');
    const gone = 'EADDRNOTAVAIL address';
    t.deepEqual(
      await endings(
        backend.unbindAddress('ipvs0', '10.9.0.1'),
        backend.unbindAddress('ipvs0', 'fd09::1'),
      ),
      [gone, gone],
    );
    t.deepEqual(show(await backend.listAddresses('ipvs0')), [
      'ipvs0 10.9.0.1/24 global',
      'ipvs0 fd09::1/64 global',
    ]);
  });

  test('an address with another prefix length is taken away where that is named', async (t) => {
    const { backend, hand } = await make(t);
    await backend.ensureDummy('ipvs0');
    await hand.bind('ipvs0', '10.9.0.1/24');
    await hand.bind('ipvs0', 'fd09::1/64');
    await backend.bindAddress('ipvs0', '10.9.0.1');
    await backend.unbindAddress('ipvs0', '10.9.0.1/24');
    await backend.unbindAddress('ipvs0', 'fd09::1/64');
    t.deepEqual(show(await backend.listAddresses('ipvs0')), ['ipvs0 10.9.0.1/32 global']);
    await refuses(t, backend.unbindAddress('ipvs0', '10.9.0.1/16'), {
      code: 'EADDRNOTAVAIL',
      operation: 'unbind-address',
      target: '10.9.0.1/16 on ipvs0',
      missing: 'address',
    });
    await backend.unbindAddress('ipvs0', '10.9.0.1/32');
    t.deepEqual(await backend.listAddresses('ipvs0'), []);
  });

  test('addresses of the loopback network and others have the scope that the kernel gives them', async (t) => {
    const { backend } = await make(t);
    await backend.ensureDummy('ipvs0');
    for (const address of ['127.0.0.5', 'fec0::1', '::ffff:10.9.0.1']) {
      await backend.bindAddress('ipvs0', address);
    }
    t.deepEqual(show(await backend.listAddresses('ipvs0')), [
      'ipvs0 10.9.0.1/32 global',
      'ipvs0 127.0.0.5/32 host',
      'ipvs0 fec0::1/128 site',
    ]);
    await refuses(t, backend.bindAddress('ipvs0', '::1'), {
      code: 'EADDRNOTAVAIL',
      operation: 'bind-address',
      target: '::1/128 on ipvs0',
      reason: /belongs to lo/,
    });
    t.deepEqual(await endings(backend.bindAddress('lo', '::1')), ['EEXIST']);
  });

  test('addresses are listed by device, family, address and prefix length', async (t) => {
    const { backend, hand } = await make(t);
    await backend.ensureDummy('vip1');
    await backend.ensureDummy('a-vip');
    for (const address of ['10.9.0.10', '10.9.0.9', 'fd09::a', 'fd09::9', '9.0.0.1']) {
      await backend.bindAddress('vip1', address);
    }
    await hand.bind('a-vip', '10.8.0.1/24');
    await hand.bind('a-vip', '10.8.0.1/16');
    t.deepEqual(show(await backend.listAddresses()), [
      'a-vip 10.8.0.1/16 global',
      'a-vip 10.8.0.1/24 global',
      'lo 127.0.0.1/8 host',
      'lo ::1/128 host',
      'vip1 9.0.0.1/32 global',
      'vip1 10.9.0.9/32 global',
      'vip1 10.9.0.10/32 global',
      'vip1 fd09::9/128 global',
      'vip1 fd09::a/128 global',
    ]);
  });

  test('what is wrong with a name or an address is told before anything is sent', async (t) => {
    const { backend } = await make(t);
    await backend.ensureDummy('ipvs0');
    const calls = [
      backend.ensureDummy('sixteen-bytes-16'),
      backend.removeDummy(''),
      backend.getDevice('ipvs%d'),
      backend.listAddresses('a/b'),
      backend.bindAddress('a b', '10.9.0.1'),
      backend.bindAddress('ipvs0', '0.0.0.0'),
      backend.bindAddress('ipvs0', '224.0.0.1'),
      backend.bindAddress('ipvs0', 'fe80::1'),
      backend.bindAddress('ipvs0', '10.9.0.1/32'),
      backend.unbindAddress('ipvs0', 'fd09::1/129'),
    ];
    t.deepEqual(
      await endings(...calls),
      calls.map(() => 'ERR_IPVS_INVALID_VALUE'),
    );
    t.deepEqual(await backend.listAddresses('ipvs0'), []);
  });
}

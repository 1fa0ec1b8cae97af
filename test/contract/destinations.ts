import test from 'ava';
import type { DestinationSpec, ObservedDestination, ServiceSpec } from 'ipvs';
import { noStats } from '../_no-stats.js';
import { refuses } from '../kernel/_expect.js';
import { endings, fill, ids, type MakeSubject, plainDestination, tcp, tcp6 } from './subject.js';

const mark = { fwmark: 9 } as const;
const ipip = { type: 'ipip', checksum: 'none' } as const;

/** Destinations, and what they read back as. */
const written: readonly (readonly [ServiceSpec, DestinationSpec, object])[] = [
  [tcp, { address: '198.51.100.1' }, { id: '198.51.100.1:80', port: 80 }],
  [
    tcp,
    { address: '198.51.100.1', port: 0, weight: 0 },
    { id: '198.51.100.1:0', port: 0, weight: 0 },
  ],
  [
    tcp,
    { address: '198.51.100.1', weight: 2147483647, upperThreshold: 2147483647, lowerThreshold: 7 },
    {
      id: '198.51.100.1:80',
      port: 80,
      weight: 2147483647,
      upperThreshold: 2147483647,
      lowerThreshold: 7,
    },
  ],
  [
    tcp,
    { address: '198.51.100.1', forward: 'direct' },
    { id: '198.51.100.1:80', port: 80, forward: 'direct' },
  ],
  [
    tcp,
    { address: '198.51.100.1', forward: 'tunnel' },
    { id: '198.51.100.1:80', port: 80, forward: 'tunnel', tunnel: ipip },
  ],
  ...(['none', 'full', 'remote'] as const).map((checksum) => {
    const forward = 'tunnel' as const;
    const tunnel = { type: 'gue', port: 6080, checksum } as const;
    return [
      tcp,
      { address: '198.51.100.1', forward, tunnel },
      { id: '198.51.100.1:80', port: 80, forward, tunnel },
    ] as const;
  }),
  [
    tcp6,
    { address: 'FD20:0::2', forward: 'tunnel', tunnel: { type: 'gre', checksum: 'full' } },
    {
      id: '[fd20::2]:80',
      address: 'fd20::2',
      port: 80,
      forward: 'tunnel',
      tunnel: { type: 'gre', checksum: 'full' },
    },
  ],
  [
    tcp,
    { address: 'fd20::2', forward: 'tunnel' },
    { id: '[fd20::2]:80', port: 80, forward: 'tunnel', tunnel: ipip },
  ],
  [
    tcp6,
    { address: '198.51.100.1', forward: 'tunnel' },
    { id: '198.51.100.1:80', port: 80, forward: 'tunnel', tunnel: ipip },
  ],
  [
    mark,
    { address: '198.51.100.1', forward: 'direct' },
    { id: '198.51.100.1:0', port: 0, forward: 'direct' },
  ],
  [
    { ...mark, family: 'ipv6' },
    { address: 'fd20::2', port: 8080 },
    { id: '[fd20::2]:8080', port: 8080 },
  ],
];

/** What a caller can write wrong, and where. */
const invalid: readonly (readonly [object, string])[] = [
  [{}, 'address'],
  [{ address: '224.0.0.1' }, 'address'],
  [{ address: 'fd20::1' }, 'address'],
  [{ address: '198.51.100.1', port: 65536 }, 'port'],
  [{ address: '198.51.100.1', port: 81, forward: 'direct' }, 'port'],
  [{ address: '198.51.100.1', forward: 'local' }, 'forward'],
  [{ address: '198.51.100.1', weight: -1 }, 'weight'],
  [{ address: '198.51.100.1', weight: 2147483648 }, 'weight'],
  [{ address: '198.51.100.1', lowerThreshold: 1 }, 'lowerThreshold'],
  [{ address: '198.51.100.1', tunnel: { type: 'ipip' } }, 'tunnel'],
  [{ address: '198.51.100.1', forward: 'tunnel', tunnel: { type: 'gue' } }, 'tunnel.port'],
];

/** Declares the tests of what a backend does with destinations. */
export function declareDestinations(make: MakeSubject): void {
  for (const [service, spec, expected] of written) {
    test(`a destination of ${JSON.stringify(service)} is read back as it was written: ${JSON.stringify(spec)}`, async (t) => {
      const { backend } = await make(t);
      await fill(backend, service, spec);
      const [destination, ...others] = await backend.listDestinations(service);
      t.deepEqual(others, []);
      t.deepEqual(destination as object, {
        ...plainDestination,
        stats: noStats,
        address: spec.address,
        ...expected,
      });
      // What was read can be written again, and changes nothing.
      await backend.setDestination(service, destination as DestinationSpec);
      await backend.updateDestination(service, destination as ObservedDestination, {});
      t.deepEqual(await backend.listDestinations(service), [destination]);
      await backend.removeDestination(service, (destination as ObservedDestination).id);
      t.deepEqual(await backend.listDestinations(service), []);
    });
  }

  test('what is wrong with a destination is told before anything is sent', async (t) => {
    const { backend } = await make(t);
    for (const [spec, path] of invalid) {
      for (const call of [
        backend.addDestination(tcp, spec as DestinationSpec),
        backend.setDestination(tcp, spec as DestinationSpec),
      ]) {
        const error = await t.throwsAsync(call, { code: 'ERR_IPVS_INVALID_VALUE' });
        t.is((error as unknown as { path: string }).path, path);
      }
    }
    for (const call of [
      backend.removeDestination(tcp, 'fd20::1'),
      backend.updateDestination(tcp, '198.51.100.1', { port: 1 } as object),
      backend.addDestination('tcp', { address: '198.51.100.1' }),
    ]) {
      await t.throwsAsync(call, { code: 'ERR_IPVS_INVALID_VALUE' });
    }
  });

  test('whatever is asked of a service that is not there, it is the service that is missing', async (t) => {
    const { backend } = await make(t);
    const spec = { address: '198.51.100.1' };
    const gone = { code: 'ESRCH', missing: 'service' } as const;
    const pair = 'tcp/192.0.2.1:80 -> 198.51.100.1:80';
    const list = { ...gone, operation: 'list-destinations', target: 'tcp/192.0.2.1:80' } as const;
    await refuses(t, backend.listDestinations(tcp), list);
    for (const [operation, call] of [
      ['add-destination', backend.addDestination(tcp, spec)],
      ['set-destination', backend.setDestination(tcp, spec)],
      ['update-destination', backend.updateDestination(tcp, spec, { weight: 1 })],
      ['remove-destination', backend.removeDestination(tcp, spec)],
    ] as const) {
      await refuses(t, call, { ...gone, operation, target: pair });
    }
    t.deepEqual(
      await endings(
        backend.addDestination(tcp, { address: '127.255.255.255' }),
        backend.addDestination(tcp, { address: 'fd20::1', forward: 'tunnel' }),
      ),
      ['ESRCH service', 'ESRCH service'],
    );
  });

  test('a destination that is not there cannot be set, updated or removed', async (t) => {
    const { backend } = await make(t);
    await fill(backend, tcp, { address: '198.51.100.1', port: 8080 });
    const spec = { address: '198.51.100.1' };
    const target = 'tcp/192.0.2.1:80 -> 198.51.100.1:80';
    const gone = { code: 'ENOENT', target, missing: 'destination' } as const;
    for (const [operation, call] of [
      ['set-destination', backend.setDestination(tcp, spec)],
      ['update-destination', backend.updateDestination(tcp, spec, { weight: 1 })],
      ['remove-destination', backend.removeDestination(tcp, spec)],
    ] as const) {
      await refuses(t, call, { ...gone, operation });
    }
    t.deepEqual(ids(await backend.listDestinations(tcp)), ['198.51.100.1:8080']);
  });

  test('a destination that is there cannot be added', async (t) => {
    const { backend } = await make(t);
    await fill(backend, tcp, { address: '198.51.100.1', weight: 4 });
    await refuses(t, backend.addDestination(tcp, { address: '198.51.100.1', weight: 5 }), {
      code: 'EEXIST',
      operation: 'add-destination',
      target: 'tcp/192.0.2.1:80 -> 198.51.100.1:80',
      reason: /already has/,
    });
    t.is((await backend.listDestinations(tcp))[0]?.weight, 4);
  });

  test('the broadcast address of a network of the host is no destination', async (t) => {
    const { backend, hand } = await make(t);
    await hand.makeDevice('local0', 'dummy');
    await hand.bind('local0', '10.77.0.1/24');
    await backend.addService(tcp);
    for (const address of ['10.77.0.255', '127.255.255.255']) {
      await refuses(t, backend.addDestination(tcp, { address }), {
        code: 'EINVAL',
        operation: 'add-destination',
        target: `tcp/192.0.2.1:80 -> ${address}:80`,
        reason: /broadcast/,
      });
    }
    const others = ['10.77.0.1', '10.77.0.2', '10.78.0.255', '127.0.0.1'];
    for (const address of others) await backend.addDestination(tcp, { address });
    t.is((await backend.listDestinations(tcp)).length, others.length);
  });

  test('a destination that comes back is not looked at again, nor is one that is set', async (t) => {
    const { backend, hand } = await make(t);
    await fill(backend, tcp, '10.77.0.255', '10.77.0.254');
    await backend.removeDestination(tcp, '10.77.0.255');
    await hand.makeDevice('local0', 'dummy');
    await hand.bind('local0', '10.77.0.1/24');
    await backend.addDestination(tcp, { address: '10.77.0.255' });
    await backend.setDestination(tcp, { address: '10.77.0.255', weight: 3 });
    t.is((await backend.listDestinations(tcp))[1]?.weight, 3);
  });

  test('before there was any IPv4 address, no IPv4 destination is taken', async (t) => {
    const { backend, hand } = await make(t, { loopback: false });
    await backend.addService(tcp);
    const add = () => endings(backend.addDestination(tcp, { address: '198.51.100.1' }));
    t.deepEqual(await add(), ['EINVAL']);
    await backend.addDestination(tcp, { address: 'fd20::1', forward: 'tunnel' });
    await hand.makeDevice('local0', 'dummy');
    await hand.bind('local0', '10.77.0.1/24');
    t.deepEqual(await add(), ['done']);
  });

  test('two destinations can differ in nothing but their port', async (t) => {
    const { backend } = await make(t);
    await fill(
      backend,
      tcp,
      { address: '198.51.100.1', port: 8081 },
      { address: '198.51.100.1', port: 8080, weight: 2 },
    );
    await backend.updateDestination(tcp, '198.51.100.1:8081', { weight: 5 });
    t.deepEqual(
      (await backend.listDestinations(tcp)).map(({ id, weight }) => `${id} ${weight}`),
      ['198.51.100.1:8080 2', '198.51.100.1:8081 5'],
    );
  });

  test('destinations are listed by family, address and port', async (t) => {
    const { backend } = await make(t);
    const added = [
      { address: 'fd20::1', forward: 'tunnel' },
      { address: '198.51.100.10' },
      { address: '198.51.100.9', port: 81 },
      { address: '198.51.100.9' },
      { address: '9.0.0.1' },
    ] as const;
    await fill(backend, tcp, ...added);
    t.deepEqual(ids(await backend.listDestinations(tcp)), [
      '9.0.0.1:80',
      '198.51.100.9:80',
      '198.51.100.9:81',
      '198.51.100.10:80',
      '[fd20::1]:80',
    ]);
  });

  test('setting a destination replaces everything but its identity', async (t) => {
    const { backend } = await make(t);
    const spec: DestinationSpec = {
      address: '198.51.100.1',
      forward: 'tunnel',
      tunnel: { type: 'gue', port: 6080, checksum: 'full' },
      weight: 7,
      upperThreshold: 9,
      lowerThreshold: 8,
    };
    await fill(backend, tcp, spec);
    await backend.setDestination(tcp, { address: '198.51.100.1', forward: 'tunnel' });
    const read = async () => (await backend.listDestinations(tcp)) as object[];
    const plain = { ...plainDestination, stats: noStats, id: '198.51.100.1:80', port: 80 };
    const { address } = spec;
    t.deepEqual(await read(), [{ ...plain, address, forward: 'tunnel', tunnel: ipip }]);
    await backend.setDestination(tcp, spec);
    await backend.setDestination(tcp, { address });
    t.deepEqual(await read(), [{ ...plain, address }]);
    await backend.updateDestination(tcp, { address }, { forward: 'tunnel' });
    t.like((await backend.listDestinations(tcp))[0], { tunnel: ipip });
  });

  test('updating a destination keeps what is not named, also the tunnel behind another method', async (t) => {
    const { backend } = await make(t);
    const tunnel = { type: 'gue', port: 6080, checksum: 'full' } as const;
    const address = '198.51.100.1';
    const spec = { address, forward: 'tunnel', tunnel, weight: 7, upperThreshold: 9 } as const;
    await fill(backend, tcp, spec);
    const [before] = await backend.listDestinations(tcp);
    const expect = async (changes: object, changed: object) => {
      await backend.updateDestination(tcp, address, changes);
      t.deepEqual((await backend.listDestinations(tcp)) as object[], [{ ...before, ...changed }]);
    };
    await expect({ weight: 0 }, { weight: 0 });
    await expect({ lowerThreshold: 8, weight: 7 }, { lowerThreshold: 8 });
    await expect({ upperThreshold: 10 }, { lowerThreshold: 8, upperThreshold: 10 });
    await expect({ lowerThreshold: 0, upperThreshold: 9 }, {});
    await expect({ tunnel: { checksum: 'remote' } }, { tunnel: { ...tunnel, checksum: 'remote' } });
    await backend.updateDestination(tcp, address, { forward: 'direct' });
    t.is((await backend.listDestinations(tcp))[0]?.tunnel, undefined);
    await expect({ forward: 'tunnel' }, { tunnel: { ...tunnel, checksum: 'remote' } });
    await backend.updateDestination(tcp, address, { forward: 'direct' });
    await expect(
      { forward: 'tunnel', tunnel: { checksum: 'full' } },
      { tunnel: { type: 'ipip', checksum: 'full' } },
    );
    await expect({ tunnel: { type: 'gre' } }, { tunnel: { type: 'gre', checksum: 'none' } });
  });

  test('a change that does not fit what is there is refused and changes nothing', async (t) => {
    const { backend } = await make(t);
    const address = '198.51.100.1';
    await fill(backend, tcp, { address, upperThreshold: 5, lowerThreshold: 4 });
    const before = await backend.listDestinations(tcp);
    const refused = 'ERR_IPVS_INVALID_VALUE';
    const update = (changes: object) => backend.updateDestination(tcp, address, changes);
    t.deepEqual(
      await endings(
        update({ upperThreshold: 3 }),
        update({ lowerThreshold: 6 }),
        update({ tunnel: { type: 'ipip' } }),
        update({ forward: 'tunnel', tunnel: { type: 'gue' } }),
      ),
      [refused, refused, refused, refused],
    );
    t.deepEqual(await backend.listDestinations(tcp), before);
  });
}

import test from 'ava';
import type { ObservedService, ServiceSpec } from 'ipvs';
import { noStats } from '../_no-stats.js';
import { refuses } from '../kernel/_expect.js';
import { endings, fill, ids, type MakeSubject, serviceIds, tcp, tcp6, udp } from './subject.js';

const defaults = { scheduler: 'wlc', schedulerFlags: [], onePacket: false, stats: noStats };

/** Services, and what they read back as. */
const written: readonly (readonly [ServiceSpec, object])[] = [
  [tcp, { id: 'tcp/192.0.2.1:80', ...tcp }],
  [
    { ...udp, scheduler: 'rr', onePacket: true },
    { id: 'udp/192.0.2.1:53', ...udp, scheduler: 'rr', onePacket: true },
  ],
  [
    { protocol: 'sctp', address: '2001:DB8:0::', port: 65535, scheduler: 'fo' },
    {
      id: 'sctp/[2001:db8::]:65535',
      protocol: 'sctp',
      address: '2001:db8::',
      port: 65535,
      scheduler: 'fo',
    },
  ],
  [
    { ...tcp, scheduler: 'none' },
    { id: 'tcp/192.0.2.1:80', ...tcp, scheduler: 'none' },
  ],
  [
    { ...tcp, persistence: true },
    {
      id: 'tcp/192.0.2.1:80',
      ...tcp,
      persistence: { timeout: 360, netmask: '255.255.255.255' },
    },
  ],
  [
    { ...tcp, port: 0, persistence: { timeout: 2678400, netmask: 8 } },
    {
      id: 'tcp/192.0.2.1:0',
      ...tcp,
      port: 0,
      persistence: { timeout: 2678400, netmask: '255.0.0.0' },
    },
  ],
  [
    { ...tcp6, persistence: { timeout: 1, netmask: 64 } },
    { id: 'tcp/[2001:db8::1]:80', ...tcp6, persistence: { timeout: 1, netmask: 64 } },
  ],
  [
    { ...udp, persistence: { timeout: 60, engine: 'sip' } },
    {
      id: 'udp/192.0.2.1:53',
      ...udp,
      persistence: { timeout: 60, netmask: '255.255.255.255', engine: 'sip' },
    },
  ],
  [
    { ...tcp, scheduler: 'sh', schedulerFlags: ['sh-port', 'flag-1'] },
    {
      id: 'tcp/192.0.2.1:80',
      ...tcp,
      scheduler: 'sh',
      schedulerFlags: ['sh-fallback', 'sh-port'],
    },
  ],
  [
    { ...tcp, scheduler: 'rr', schedulerFlags: ['flag-3', 'flag-2'] },
    { id: 'tcp/192.0.2.1:80', ...tcp, scheduler: 'rr', schedulerFlags: ['flag-2', 'flag-3'] },
  ],
  [{ fwmark: 7 }, { id: 'fwmark/7/ipv4', fwmark: 7, family: 'ipv4' }],
  [
    { fwmark: 4294967295, family: 'ipv6', onePacket: true },
    { id: 'fwmark/4294967295/ipv6', fwmark: 4294967295, family: 'ipv6', onePacket: true },
  ],
];

/** What a caller can write wrong, and where. */
const invalid: readonly (readonly [object, string])[] = [
  [{ ...tcp, protocol: 'icmp' }, 'protocol'],
  [{ ...tcp, address: '0.0.0.0' }, 'address'],
  [{ ...tcp, port: 0 }, 'port'],
  [{ ...tcp, fwmark: 7 }, ''],
  [{ fwmark: 0 }, 'fwmark'],
  [{ ...tcp, scheduler: '' }, 'scheduler'],
  [{ ...tcp, scheduler: 'rr', schedulerFlags: ['mh-port'] }, 'schedulerFlags[0]'],
  [{ ...tcp, persistence: { timeout: 0 } }, 'persistence.timeout'],
  [{ ...tcp, persistence: { netmask: '255.0.255.0' } }, 'persistence.netmask'],
  [{ ...tcp, persistence: { engine: 'sip' } }, 'persistence.engine'],
  [{ ...tcp, onePacket: true }, 'onePacket'],
  [{ ...tcp, colour: 'red' }, 'colour'],
];

/** Declares the tests of what a backend does with services. */
export function declareServices(make: MakeSubject): void {
  for (const [spec, expected] of written) {
    test(`a service is read back as it was written: ${JSON.stringify(spec)}`, async (t) => {
      const { backend } = await make(t);
      await backend.addService(spec);
      const service = (await backend.getService(spec)) as ObservedService;
      t.deepEqual(service as object, { ...defaults, ...expected });
      t.deepEqual(await backend.getService(service.id), service);
      // What was read can be written again, and changes nothing.
      await backend.setService(service as ServiceSpec);
      t.deepEqual(await backend.getService(spec), service);
      await backend.removeService(service);
      t.is(await backend.getService(spec), undefined);
    });
  }

  test('what is wrong with a service is told before anything is sent', async (t) => {
    const { backend } = await make(t);
    for (const [spec, path] of invalid) {
      for (const call of [
        backend.addService(spec as ServiceSpec),
        backend.setService(spec as ServiceSpec),
      ]) {
        const error = await t.throwsAsync(call, { code: 'ERR_IPVS_INVALID_VALUE' });
        t.is((error as unknown as { path: string }).path, path);
      }
    }
    await t.throwsAsync(backend.removeService('tcp/192.0.2.1'), { name: 'InvalidValueError' });
    await t.throwsAsync(backend.getService(7 as never), { name: 'InvalidValueError' });
    t.deepEqual(await serviceIds(backend), []);
  });

  test('a service that is there cannot be added, whatever else is wrong with it', async (t) => {
    const { backend } = await make(t);
    await backend.addService(tcp);
    await refuses(t, backend.addService({ ...tcp, scheduler: 'rr' }), {
      code: 'EEXIST',
      operation: 'add-service',
      target: 'tcp/192.0.2.1:80',
      reason: /already exists/,
    });
    t.deepEqual(await endings(backend.addService({ ...tcp, scheduler: 'nosuch' })), ['EEXIST']);
    t.is((await backend.getService(tcp))?.scheduler, 'wlc');
  });

  test('a service that is not there cannot be set or removed, whatever else is wrong with it', async (t) => {
    const { backend } = await make(t);
    const gone = { code: 'ESRCH', target: 'tcp/192.0.2.1:80', missing: 'service' } as const;
    await refuses(t, backend.setService(tcp), { ...gone, operation: 'set-service' });
    await refuses(t, backend.removeService(tcp), { ...gone, operation: 'remove-service' });
    t.deepEqual(await endings(backend.setService({ ...tcp, scheduler: 'nosuch' })), [
      'ESRCH service',
    ]);
    t.is(await backend.getService(tcp), undefined);
  });

  test('a scheduler and an engine that are not available are told apart', async (t) => {
    const { backend } = await make(t);
    await backend.addService({ ...udp, scheduler: 'rr' });
    const other = { ...udp, port: 54 };
    const engine = (name: string) => ({ persistence: { engine: name } });
    t.deepEqual(
      await endings(
        backend.addService({ ...other, scheduler: 'nosuch' }),
        backend.addService({ ...other, ...engine('nosuch') }),
        backend.addService({ ...other, scheduler: 'nosuch', ...engine('sip') }),
        backend.addService({ ...other, scheduler: 'nosuch', ...engine('nosuch') }),
        backend.setService({ ...udp, scheduler: 'nosuch' }),
        backend.setService({ ...udp, ...engine('nosuch') }),
      ),
      [
        'ENOENT scheduler',
        'ENOENT engine',
        'ENOENT scheduler',
        'ENOENT scheduler',
        'ENOENT scheduler',
        'ENOENT engine',
      ],
    );
    t.deepEqual(await serviceIds(backend), ['udp/192.0.2.1:53']);
    t.like(await backend.getService(udp), { scheduler: 'rr' });
    t.is((await backend.getService(udp))?.persistence, undefined);
  });

  test('setting a service replaces everything but identity, destinations and counters', async (t) => {
    const { backend } = await make(t);
    const full: ServiceSpec = {
      ...udp,
      scheduler: 'sh',
      schedulerFlags: ['sh-port'],
      persistence: { timeout: 60, netmask: 24, engine: 'sip' },
      onePacket: true,
    };
    await fill(backend, full, '198.51.100.1');
    await backend.setService({ ...udp, persistence: { timeout: 61 } });
    t.deepEqual(
      (await backend.getService(udp)) as object,
      {
        ...defaults,
        ...udp,
        id: 'udp/192.0.2.1:53',
        persistence: { timeout: 61, netmask: '255.255.255.255' },
      },
      'the engine that was left out is gone',
    );
    await backend.setService(full);
    await backend.setService(udp);
    t.deepEqual((await backend.getService(udp)) as object, {
      ...defaults,
      ...udp,
      id: 'udp/192.0.2.1:53',
    });
    t.deepEqual(ids(await backend.listDestinations(udp)), ['198.51.100.1:53']);
  });

  test('one mark is a service of its own in each family', async (t) => {
    const { backend } = await make(t);
    await backend.addService({ fwmark: 7, scheduler: 'rr' });
    await backend.addService({ fwmark: 7, family: 'ipv6', scheduler: 'sh' });
    t.is((await backend.getService('fwmark/7'))?.scheduler, 'rr');
    t.is((await backend.getService('fwmark/7/ipv6'))?.scheduler, 'sh');
    await backend.removeService({ fwmark: 7 });
    t.deepEqual(await serviceIds(backend), ['fwmark/7/ipv6']);
  });

  test('services are named in any spelling', async (t) => {
    const { backend } = await make(t);
    await backend.addService({ protocol: 'tcp', address: 'FD09:0::1', port: 443 });
    const listed = await backend.getService('tcp/[fd09::1]:443');
    t.is(String(listed?.id), 'tcp/[fd09::1]:443');
    for (const ref of [
      'TCP/[FD09:0:0:0:0:0:0:1]:443',
      '6/[fd09:0::1]:443',
      { protocol: 'tcp', address: 'FD09::0:1', port: 443 } as const,
    ]) {
      t.deepEqual(await backend.getService(ref), listed);
    }
  });

  test('an IPv4-mapped address in a spec is the IPv4 service', async (t) => {
    const { backend } = await make(t);
    await backend.addService({ protocol: 'tcp', address: '::ffff:10.9.0.1', port: 80 });
    t.deepEqual(await serviceIds(backend), ['tcp/10.9.0.1:80']);
  });

  test('a service is removed with its destinations', async (t) => {
    const { backend } = await make(t);
    await fill(backend, tcp, '198.51.100.1', '198.51.100.2');
    await backend.removeService(tcp);
    await backend.addService(tcp);
    t.deepEqual(await backend.listDestinations(tcp), []);
  });

  test('what only another program would make can be read, named and removed', async (t) => {
    const { backend, hand } = await make(t);
    await hand.addService('0.0.0.0', 80);
    await hand.addService('::ffff:10.9.0.1', 80);
    await hand.addService('224.0.0.1', 80);
    const odd = ['tcp/0.0.0.0:80', 'tcp/224.0.0.1:80', 'tcp/[::ffff:10.9.0.1]:80'];
    t.deepEqual(await serviceIds(backend), odd);
    await backend.addDestination('tcp/0.0.0.0:80', { address: '198.51.100.1' });
    for (const id of odd) await backend.removeService(id);
    t.deepEqual(await serviceIds(backend), []);
  });

  test('mh does not start with more destinations than its table has room for', async (t) => {
    const { backend } = await make(t);
    await backend.addService({ ...tcp, scheduler: 'rr' });
    await Promise.all(
      Array.from({ length: 4094 }, (_, index) =>
        backend.addDestination(tcp, { address: `10.1.${index >> 8}.${index & 255}` }),
      ),
    );
    await refuses(t, backend.setService({ ...tcp, scheduler: 'mh' }), {
      code: 'EINVAL',
      operation: 'set-service',
      target: 'tcp/192.0.2.1:80',
      reason: /"mh" could not start/,
    });
    t.is((await backend.getService(tcp))?.scheduler, 'rr');
    await backend.removeDestination(tcp, '10.1.0.0');
    await backend.setService({ ...tcp, scheduler: 'mh' });
    t.is((await backend.getService(tcp))?.scheduler, 'mh');
    await backend.addDestination(tcp, { address: '10.1.0.0' });
    t.is((await backend.listDestinations(tcp)).length, 4094, 'more can be added');
  });

  test('calls of one turn are carried out in order', async (t) => {
    const { backend } = await make(t);
    const pair = { address: '198.51.100.1' };
    t.deepEqual(
      await endings(
        backend.removeService(tcp),
        backend.addDestination(tcp, pair),
        backend.addService(tcp),
        backend.addService(tcp),
        backend.addDestination(tcp, pair),
        backend.updateDestination(tcp, pair, { weight: 7 }),
        backend.addDestination(tcp, pair),
        backend.removeDestination(tcp, pair),
        backend.setDestination(tcp, pair),
        backend.removeService(tcp),
        backend.listDestinations(tcp),
      ),
      [
        'ESRCH service',
        'ESRCH service',
        'done',
        'EEXIST',
        'done',
        'done',
        'EEXIST',
        'done',
        'ENOENT destination',
        'done',
        'ESRCH service',
      ],
    );
  });

  test('a call that is called off rejects with the reason, and changes nothing', async (t) => {
    const { backend } = await make(t);
    const reason = new Error('never mind');
    const aborted = { signal: AbortSignal.abort(reason) };
    await t.throwsAsync(backend.addService(tcp, aborted), { is: reason });
    const controller = new AbortController();
    const call = backend.addService(tcp, { signal: controller.signal });
    controller.abort(reason);
    await t.throwsAsync(call, { is: reason });
    await t.throwsAsync(backend.snapshot(aborted), { is: reason });
    t.deepEqual(await serviceIds(backend), []);
    const wrong = backend.addService(tcp, { signal: 'soon' as never });
    await t.throwsAsync(wrong, { code: 'ERR_IPVS_INVALID_VALUE' });
  });
}

import test from 'ava';
import type { VipSpec } from 'ipvs';
import {
  bound,
  type Case,
  dependencies,
  device,
  dns,
  everything,
  lines,
  notes,
  plan,
  type Services,
  web,
} from './_plan.js';

const six = { protocol: 'tcp', address: 'fd09::1', port: 80 } as const;
const mark = { fwmark: 7 } as const;
const secure = { ...web, port: 443 } as const;

/** What happens to addresses when services are as they are. */
interface Vips {
  readonly services?: Services;
  readonly spec?: Partial<VipSpec>;
  readonly actual?: Case['actual'];
  readonly record?: readonly string[];
}

function vips({ services = [], spec = {}, actual = device(), record }: Vips): Case {
  return {
    before: services,
    after: services,
    rest: { vips: { device: 'ipvs0', ...spec } },
    actual,
    ...(record === undefined
      ? {}
      : { record: { version: 1, services: services.map(idOf) as never, vips: record } }),
  };
}

const idOf = (service: object) =>
  'port' in service && service.port === 443 ? 'tcp/10.9.0.1:443' : 'tcp/10.9.0.1:80';

const shows = test.macro({
  exec(t, made: Vips | Case, expected: readonly string[], said: readonly string[] = []) {
    const planned = plan('rest' in made ? made : vips(made as Vips));
    t.deepEqual(lines(planned), expected as string[]);
    t.deepEqual(
      notes(planned).filter((note) => !note.startsWith('W_ADOPTED')),
      said as string[],
    );
  },
  title: (name) => name ?? '',
});

const bind = (text: string) => `bind bind-vip ${text} on ipvs0`;
const unbind = (text: string) => `unbind unbind-vip ${text} on ipvs0`;

// What is wanted

test('the addresses of services, each once', shows, { services: [six, secure, web, dns, mark] }, [
  bind('10.9.0.1/32'),
  bind('10.9.0.2/32'),
  bind('fd09::1/128'),
]);
test(
  'those that are there already stay',
  shows,
  { services: [web, six], actual: device('10.9.0.1', 'fd09::1') },
  [],
);
test('those of a list', shows, { services: [web], spec: { bind: ['fd09::2', '10.9.0.2'] } }, [
  bind('10.9.0.2/32'),
  bind('fd09::2/128'),
]);
test(
  'those of a list are not all that stays',
  shows,
  { services: [web], spec: { bind: [] }, actual: device('10.9.0.1') },
  [],
);
test('marks need none', shows, { services: [mark] }, []);
test(
  'a service that should be absent needs none',
  shows,
  {
    after: [{ ...web, ensure: 'absent' }],
    rest: { vips: { device: 'ipvs0' } },
    actual: device('10.9.0.1'),
  },
  [unbind('10.9.0.1/32')],
);

// What is not

test(
  'another address on the device',
  shows,
  { actual: device('10.9.0.9', 'fd09::9', '10.9.0.8') },
  [unbind('10.9.0.8/32'), unbind('10.9.0.9/32'), unbind('fd09::9/128')],
);
test('networks as well', shows, { actual: device(bound('10.9.0.9/24'), bound('fd09::9/64')) }, [
  unbind('10.9.0.9/24'),
  unbind('fd09::9/64'),
]);
test(
  'what the record does not have stays, where only declared ones are owned',
  shows,
  {
    spec: { own: 'declared' },
    actual: device('10.9.0.8', '10.9.0.9'),
    record: ['10.9.0.9/32 on ipvs0'],
  },
  [unbind('10.9.0.9/32')],
);
test(
  'all stay without a record',
  shows,
  { spec: { own: 'declared' }, actual: device('10.9.0.8') },
  [],
);
test(
  'addresses of a link are not touched',
  shows,
  {
    actual: device(bound('fe80::1/64', 'ipvs0', 'link'), bound('169.254.0.1/16', 'ipvs0', 'link')),
  },
  [],
);
test(
  'nor those of the host, but for one that looks bound for a service',
  shows,
  { actual: device(bound('127.0.0.2/8', 'ipvs0', 'host'), bound('127.0.0.3/32', 'ipvs0', 'host')) },
  [unbind('127.0.0.3/32')],
);
test(
  'nor those of other devices',
  shows,
  { actual: { ...device(), addresses: [bound('10.0.0.1/24', 'eth0')] } },
  [],
);

// Others

test(
  'an address of a foreign service stays',
  shows,
  { before: [web], rest: { vips: { device: 'ipvs0' } }, actual: device('10.9.0.1') },
  [],
  ['W_VIP_FOREIGN 10.9.0.1/32 on ipvs0'],
);
test(
  'also when the own one there is goes',
  shows,
  {
    before: [web, dns, { ...dns, protocol: 'tcp' }],
    after: [{ ...dns, ensure: 'absent' }],
    rest: { vips: { device: 'ipvs0' } },
    actual: device('10.9.0.2'),
  },
  ['remove-service del-service udp/10.9.0.2:53'],
  ['W_VIP_FOREIGN 10.9.0.2/32 on ipvs0'],
);
const elsewhere = { ...device(), addresses: [bound('10.9.0.1/24', 'eth0')] };
test(
  'what is elsewhere is not bound',
  shows,
  { services: [web], actual: elsewhere },
  [],
  ['W_VIP_ELSEWHERE 10.9.0.1/32 on ipvs0'],
);
test(
  'what is elsewhere and here as well stays',
  shows,
  {
    services: [web],
    actual: { ...device(), addresses: [...elsewhere.addresses, bound('10.9.0.1/32')] },
  },
  [],
);
test(
  'even with the wrong prefix length',
  shows,
  {
    services: [web],
    actual: { ...device(), addresses: [...elsewhere.addresses, bound('10.9.0.1/24')] },
  },
  [],
);

// Prefix lengths

test('the wrong prefix length goes after the right one has come', (t) => {
  const made = plan(vips({ services: [web], actual: device(bound('10.9.0.1/24')) }));
  t.deepEqual(lines(made), [bind('10.9.0.1/32'), unbind('10.9.0.1/24')]);
  t.deepEqual(dependencies(made, unbind('10.9.0.1/24')), [bind('10.9.0.1/32')]);
});
test(
  'or at once, when it is there',
  shows,
  { services: [web], actual: device(bound('10.9.0.1/24'), '10.9.0.1') },
  [unbind('10.9.0.1/24')],
);
test(
  'what only a declared service uses stays, in whichever network',
  shows,
  { services: [web], spec: { bind: [] }, actual: device(bound('10.9.0.1/24')) },
  [],
);
test(
  'an address of IPv6 is on a device but once, and works',
  shows,
  { services: [six], actual: device(bound('fd09::1/64')) },
  [],
);

// The device

const absent = { addresses: [], devices: {} };
const hardware = { addresses: [], devices: { ipvs0: { name: 'ipvs0', kind: '' } } };
test('a device is made', shows, { services: [web], actual: absent }, [
  'device ensure-device ipvs0',
  bind('10.9.0.1/32'),
]);
test('not for nothing', shows, { services: [mark], actual: absent }, []);
test(
  'not for what is elsewhere',
  shows,
  { services: [web], actual: { ...absent, addresses: elsewhere.addresses } },
  [],
  ['W_VIP_ELSEWHERE 10.9.0.1/32 on ipvs0'],
);
test(
  'not unasked',
  shows,
  { services: [web], actual: absent, spec: { create: false } },
  [],
  ['E_DEVICE_KIND ipvs0'],
);
test(
  'unasked, where it is not needed',
  shows,
  { services: [], actual: absent, spec: { create: false } },
  [],
);
test(
  'a device of hardware',
  shows,
  { services: [web], actual: hardware },
  [],
  ['E_DEVICE_KIND ipvs0'],
);
test(
  'a device of another kind, also with the addresses',
  shows,
  {
    services: [web],
    actual: {
      ...device('10.9.0.1', '10.0.0.1'),
      devices: { ipvs0: { name: 'ipvs0', kind: 'bridge' } },
    },
  },
  [],
  ['E_DEVICE_KIND ipvs0'],
);
test(
  'addresses of a device that was not looked at may be those of the host',
  shows,
  { services: [web], actual: { addresses: [bound('10.0.0.1/24')] } },
  [],
  ['E_UNSUPPORTED'],
);
test(
  'where nothing is to do it does not matter',
  shows,
  { services: [web], actual: { addresses: [bound('10.9.0.1/32')] } },
  [],
);
test('addresses that were not read', shows, { services: [web], actual: {} }, [], ['E_UNSUPPORTED']);

const record = ['10.9.0.1/32 on ipvs0'];
test('a device goes with its last address', shows, { actual: device('10.9.0.1'), record }, [
  unbind('10.9.0.1/32'),
  'cleanup remove-device ipvs0',
]);
test(
  'not with another that stays',
  shows,
  { actual: device('10.9.0.1', bound('10.0.0.1/8', 'ipvs0', 'host')), record },
  [unbind('10.9.0.1/32')],
);
test('not one that others may have made', shows, { actual: device('10.9.0.1'), record: [] }, [
  unbind('10.9.0.1/32'),
]);
test(
  'not one that is not made',
  shows,
  { actual: device('10.9.0.1'), record, spec: { create: false } },
  [unbind('10.9.0.1/32')],
);

// With services that come and go

test('an address comes after all its new services, and goes after all its old ones', (t) => {
  const made = plan({
    before: [dns, { ...dns, protocol: 'tcp' }],
    after: [web, secure],
    scope: everything,
    rest: { vips: { device: 'ipvs0' } },
    actual: device('10.9.0.2'),
    drain: { mode: 'immediate' },
  });
  t.deepEqual(dependencies(made, bind('10.9.0.1/32')), [
    'create add-service tcp/10.9.0.1:80',
    'create add-service tcp/10.9.0.1:443',
  ]);
  t.deepEqual(dependencies(made, unbind('10.9.0.2/32')), [
    'remove-service del-service tcp/10.9.0.2:53',
    'remove-service del-service udp/10.9.0.2:53',
  ]);
  t.deepEqual(made.summary.vips, { add: 1, change: 0, remove: 1, unchanged: 0 });
  t.deepEqual(
    made.changes
      .filter(({ kind }) => kind === 'vip')
      .map((each) => [each.change, 'address' in each && each.address]),
    [
      ['add', '10.9.0.1/32 on ipvs0'],
      ['remove', '10.9.0.2/32 on ipvs0'],
    ],
  );
});

import test from 'ava';
import fc from 'fast-check';
import { InvalidValueError } from '#lib/model/invalid-value-error.js';
import { CollectingReport, throwingReport } from '#lib/model/report.js';
import { checkServiceSpec } from '#lib/model/service.js';
import { serviceSpec } from './_model-arbitraries.js';
import { acceptsWith, refusesWith } from './_model-macros.js';

const accepts = acceptsWith((input, report) => checkServiceSpec(input, report, ''));
const refuses = refusesWith((input, report) => checkServiceSpec(input, report, ''));

const tcp = { protocol: 'tcp', address: '10.0.0.1', port: 80 };
const udp = { protocol: 'udp', address: '10.0.0.1', port: 53 };
const tcp6 = { protocol: 'tcp', address: 'fd09::1', port: 80 };
const mark = { fwmark: 7, family: 'ipv4' };
const mark6 = { fwmark: 7, family: 'ipv6' };
const defaults = { scheduler: 'wlc', schedulerFlags: [], onePacket: false };
const full = '255.255.255.255';

// Defaults
test(accepts, tcp, { ...tcp, ...defaults });
test(accepts, { fwmark: 7 }, { ...mark, ...defaults });
test(accepts, mark6, { ...mark6, ...defaults });
test(
  accepts,
  {
    ...tcp,
    fwmark: undefined,
    family: undefined,
    scheduler: undefined,
    persistence: undefined,
    typo: undefined,
  },
  { ...tcp, ...defaults },
);
test(accepts, { ...tcp, schedulerFlags: undefined, onePacket: undefined }, { ...tcp, ...defaults });

// Shape
const anObject = 'a service: an object';
test(refuses, undefined, ['E_SCHEMA', '', anObject]);
test(refuses, null, ['E_SCHEMA', '', anObject]);
test(refuses, 'tcp/10.0.0.1:80', ['E_SCHEMA', '', anObject]);
test(refuses, [tcp], ['E_SCHEMA', '', anObject]);
test(refuses, { ...tcp, schedular: 'rr' }, ['E_SCHEMA', '/schedular', 'no field of this name']);
test(refuses, { ...tcp, schedular: null }, ['E_SCHEMA', '/schedular', 'no field of this name']);
test(refuses, { ...tcp, 'a/b': 1 }, ['E_SCHEMA', '/a~1b', 'no field of this name']);
test(refuses, { ...tcp, destinations: [] }, ['E_SCHEMA', '/destinations']);
test(
  refuses,
  JSON.parse('{"__proto__": {}, "protocol": "tcp", "address": "10.0.0.1", "port": 80}'),
  ['E_SCHEMA', '/__proto__'],
);

// Identity
const noIdentity = 'either protocol, address and port, or fwmark';
test(refuses, {}, ['E_IDENTITY', '', noIdentity]);
test(refuses, { scheduler: 'rr' }, ['E_IDENTITY', '', noIdentity]);
test(refuses, { ...tcp, fwmark: 7 }, ['E_IDENTITY', '', `${noIdentity}: not both`]);
test(refuses, { fwmark: 7, address: '10.0.0.1' }, ['E_IDENTITY', '', `${noIdentity}: not both`]);
test(refuses, { fwmark: 7, port: 0 }, ['E_IDENTITY', '', `${noIdentity}: not both`]);
test(refuses, { ...tcp, fwmark: null }, ['E_IDENTITY', '', `${noIdentity}: not both`]);
test(refuses, { ...tcp, family: 'ipv4' }, ['E_IDENTITY', '/family']);

// Address
test(accepts, { ...tcp6, address: 'FD09:0::0:1' }, { ...tcp6, ...defaults });
test(accepts, { ...tcp, address: '127.0.0.1' }, { ...tcp, ...defaults, address: '127.0.0.1' });
test(accepts, { ...tcp6, address: 'fe80::1' }, { ...tcp6, ...defaults, address: 'fe80::1' });
const anAddress = 'an IPv4 or IPv6 address';
test(refuses, { protocol: 'tcp', port: 80 }, ['E_ADDRESS', '/address', anAddress]);
test(refuses, { ...tcp, address: '10.0.0' }, ['E_ADDRESS', '/address', anAddress]);
test(refuses, { ...tcp, address: '010.0.0.1' }, ['E_ADDRESS', '/address', anAddress]);
test(refuses, { ...tcp, address: ' 10.0.0.1' }, ['E_ADDRESS', '/address', anAddress]);
test(refuses, { ...tcp, address: '[fd09::1]' }, ['E_ADDRESS', '/address', anAddress]);
test(refuses, { ...tcp, address: 'fe80::1%eth0' }, ['E_ADDRESS', '/address', anAddress]);
test(refuses, { ...tcp, address: 167772161 }, ['E_ADDRESS', '/address', anAddress]);
test(refuses, { ...tcp, address: null }, ['E_ADDRESS', '/address', anAddress]);

// Mapped address
test(accepts, { ...tcp, address: '::ffff:10.0.0.1' }, { ...tcp, ...defaults }, 'W_ADDRESS_MAPPED');
test(accepts, { ...tcp, address: '::FFFF:a00:1' }, { ...tcp, ...defaults }, 'W_ADDRESS_MAPPED');
test(
  accepts,
  { ...tcp, address: '::ffff:10.0.0.1', persistence: { netmask: 24 } },
  { ...tcp, ...defaults, persistence: { timeout: 360, netmask: '255.255.255.0' } },
  'W_ADDRESS_MAPPED',
);
test(refuses, { ...tcp, address: '::ffff:0.0.0.0' }, ['E_ADDRESS_KIND', '/address']);
test(refuses, { ...tcp, address: '::ffff:224.0.0.1' }, ['E_ADDRESS_KIND', '/address']);

// Address kind
test(refuses, { ...tcp, address: '0.0.0.0' }, ['E_ADDRESS_KIND', '/address']);
test(refuses, { ...tcp, address: '224.0.0.1' }, ['E_ADDRESS_KIND', '/address']);
test(refuses, { ...tcp, address: '255.255.255.255' }, ['E_ADDRESS_KIND', '/address']);
test(refuses, { ...tcp, address: '::' }, ['E_ADDRESS_KIND', '/address']);
test(refuses, { ...tcp, address: 'ff02::1' }, ['E_ADDRESS_KIND', '/address']);

// Protocol
test(accepts, { ...tcp, protocol: 'TCP' }, { ...tcp, ...defaults });
test(accepts, { ...tcp, protocol: 6 }, { ...tcp, ...defaults });
test(accepts, { ...udp, protocol: 17 }, { ...udp, ...defaults });
test(accepts, { ...tcp, protocol: 132 }, { ...tcp, ...defaults, protocol: 'sctp' });
test(refuses, { address: '10.0.0.1', port: 80 }, ['E_PROTOCOL', '/protocol', 'tcp, udp or sctp']);
test(refuses, { ...tcp, protocol: 'icmp' }, ['E_PROTOCOL', '/protocol', 'tcp, udp or sctp']);
test(refuses, { ...tcp, protocol: '6' }, ['E_PROTOCOL', '/protocol', 'tcp, udp or sctp']);
test(refuses, { ...tcp, protocol: 47 }, ['E_PROTOCOL', '/protocol', 'tcp, udp or sctp']);
test(refuses, { ...tcp, protocol: 'protocol-47' }, ['E_PROTOCOL', '/protocol', 'tcp, udp or sctp']);
test(refuses, { ...tcp, protocol: null }, ['E_PROTOCOL', '/protocol', 'tcp, udp or sctp']);
test(refuses, { fwmark: 7, protocol: 'tcp' }, [
  'E_PROTOCOL',
  '/protocol',
  'no protocol on a mark service',
]);
test(refuses, { protocol: 'tcp' }, ['E_ADDRESS', '/address'], ['E_PORT', '/port']);

// Port
test(accepts, { ...tcp, port: 65535 }, { ...tcp, ...defaults, port: 65535 });
test(
  accepts,
  { ...tcp, port: 0, persistence: true },
  { ...tcp, ...defaults, port: 0, persistence: { timeout: 360, netmask: full } },
);
test(
  accepts,
  { ...tcp, port: -0, persistence: {} },
  { ...tcp, ...defaults, port: 0, persistence: { timeout: 360, netmask: full } },
);
const aPort = 'a whole number from 0 to 65535';
test(refuses, { protocol: 'tcp', address: '10.0.0.1' }, ['E_PORT', '/port', aPort]);
test(refuses, { ...tcp, port: 65536 }, ['E_PORT', '/port', aPort]);
test(refuses, { ...tcp, port: -1 }, ['E_PORT', '/port', aPort]);
test(refuses, { ...tcp, port: 80.5 }, ['E_PORT', '/port', aPort]);
test(refuses, { ...tcp, port: '80' }, ['E_PORT', '/port', aPort]);
test(refuses, { ...tcp, port: 80n }, ['E_PORT', '/port', aPort]);
test(refuses, { ...tcp, port: true }, ['E_PORT', '/port', aPort]);
test(refuses, { ...tcp, port: Number.NaN }, ['E_PORT', '/port', aPort]);
test(refuses, { ...tcp, port: null }, ['E_PORT', '/port', aPort]);
test(refuses, { ...tcp, port: 0 }, ['E_PORT_ZERO', '/port']);
test(refuses, { ...tcp, port: 0, persistence: false }, ['E_PORT_ZERO', '/port']);
test(refuses, { ...tcp, port: 0, persistence: { timeout: 0 } }, [
  'E_PERSISTENCE_TIMEOUT',
  '/persistence/timeout',
]);

// Mark
test(accepts, { fwmark: 4294967295 }, { ...mark, ...defaults, fwmark: 4294967295 });
const aMark = 'a whole number from 1 to 4294967295';
test(refuses, { fwmark: 0 }, ['E_FWMARK', '/fwmark', aMark]);
test(refuses, { fwmark: -1 }, ['E_FWMARK', '/fwmark', aMark]);
test(refuses, { fwmark: 4294967296 }, ['E_FWMARK', '/fwmark', aMark]);
test(refuses, { fwmark: '7' }, ['E_FWMARK', '/fwmark', aMark]);
test(refuses, { fwmark: 7n }, ['E_FWMARK', '/fwmark', aMark]);
test(refuses, { fwmark: null }, ['E_FWMARK', '/fwmark', aMark]);
test(refuses, { fwmark: 7, family: 'inet6' }, ['E_FWMARK', '/family', 'ipv4 or ipv6']);
test(refuses, { fwmark: 7, family: 'IPv6' }, ['E_FWMARK', '/family', 'ipv4 or ipv6']);
test(refuses, { fwmark: 7, family: 6 }, ['E_FWMARK', '/family', 'ipv4 or ipv6']);
test(refuses, { fwmark: 7, family: null }, ['E_FWMARK', '/family', 'ipv4 or ipv6']);

// Scheduler
test(accepts, { ...tcp, scheduler: 'rr' }, { ...tcp, ...defaults, scheduler: 'rr' });
test(accepts, { ...tcp, scheduler: 'my_own-2' }, { ...tcp, ...defaults, scheduler: 'my_own-2' });
const aName = 'a name of 1 to 15 characters from a-z, 0-9, _ and -';
test(refuses, { ...tcp, scheduler: '' }, ['E_SCHEDULER_NAME', '/scheduler', aName]);
test(refuses, { ...tcp, scheduler: 'RR' }, ['E_SCHEDULER_NAME', '/scheduler', aName]);
test(refuses, { ...tcp, scheduler: '../x' }, ['E_SCHEDULER_NAME', '/scheduler', aName]);
test(refuses, { ...tcp, scheduler: 'abcdefghijklmnop' }, ['E_SCHEDULER_NAME', '/scheduler', aName]);
test(refuses, { ...tcp, scheduler: 1 }, ['E_SCHEDULER_NAME', '/scheduler', aName]);
test(refuses, { ...tcp, scheduler: null }, ['E_SCHEDULER_NAME', '/scheduler', aName]);
test(refuses, { ...tcp, scheduler: 'none' }, ['E_SCHEDULER_NAME', '/scheduler']);

test('scheduler none is taken where it is allowed', (t) => {
  const service = checkServiceSpec({ ...tcp, scheduler: 'none' }, throwingReport, '', {
    allowNoScheduler: true,
  });
  t.deepEqual<unknown, unknown>(service, { ...tcp, ...defaults, scheduler: 'none' });
});

test('another default scheduler can be given, and a spec’s own wins', (t) => {
  const options = { defaultScheduler: 'mh' };
  const flags = { schedulerFlags: ['mh-port'] };
  t.like(checkServiceSpec({ ...tcp, ...flags }, throwingReport, '', options), {
    scheduler: 'mh',
    ...flags,
  });
  t.like(checkServiceSpec({ ...tcp, scheduler: 'rr' }, throwingReport, '', options), {
    scheduler: 'rr',
  });
});

// Scheduler flags
const sh = { ...tcp, ...defaults, scheduler: 'sh' };
const mh = { ...tcp, ...defaults, scheduler: 'mh' };
test(accepts, { ...tcp, scheduler: 'sh', schedulerFlags: [] }, sh);
test(
  accepts,
  { ...tcp, scheduler: 'sh', schedulerFlags: ['sh-port', 'sh-fallback'] },
  { ...sh, schedulerFlags: ['sh-fallback', 'sh-port'] },
);
test(
  accepts,
  { ...tcp, scheduler: 'mh', schedulerFlags: ['flag-2', 'flag-1'] },
  { ...mh, schedulerFlags: ['mh-fallback', 'mh-port'] },
);
test(
  accepts,
  { ...tcp, scheduler: 'mh', schedulerFlags: ['mh-port', 'flag-2', 'mh-port'] },
  { ...mh, schedulerFlags: ['mh-port'] },
);
test(
  accepts,
  { ...tcp, scheduler: 'mh', schedulerFlags: ['mh-port', 'flag-3'] },
  { ...mh, schedulerFlags: ['flag-3', 'mh-port'] },
  'W_FLAGS_UNUSED',
);
test(
  accepts,
  { ...tcp, scheduler: 'rr', schedulerFlags: ['flag-3', 'flag-1'] },
  { ...tcp, ...defaults, scheduler: 'rr', schedulerFlags: ['flag-1', 'flag-3'] },
  'W_FLAGS_UNUSED',
);
test(refuses, { ...tcp, scheduler: 'sh', schedulerFlags: ['sh-port', 'mh-port'] }, [
  'E_SCHEDULER_FLAGS',
  '/schedulerFlags/1',
  'a flag of sh, or flag-1, flag-2 or flag-3',
]);
test(refuses, { ...tcp, scheduler: 'mh', schedulerFlags: ['sh-fallback'] }, [
  'E_SCHEDULER_FLAGS',
  '/schedulerFlags/0',
]);
test(refuses, { ...tcp, schedulerFlags: ['mh-fallback'] }, [
  'E_SCHEDULER_FLAGS',
  '/schedulerFlags/0',
]);
test(
  refuses,
  { ...tcp, scheduler: 'mh', schedulerFlags: ['fallback', 'mh-port', 8] },
  ['E_SCHEDULER_FLAGS', '/schedulerFlags/0'],
  ['E_SCHEDULER_FLAGS', '/schedulerFlags/2'],
);
test(refuses, { ...tcp, scheduler: 'MH', schedulerFlags: ['mh-port'] }, [
  'E_SCHEDULER_NAME',
  '/scheduler',
]);
test(refuses, { ...tcp, schedulerFlags: ['constructor'] }, [
  'E_SCHEDULER_FLAGS',
  '/schedulerFlags/0',
]);
test(refuses, { ...tcp, schedulerFlags: [undefined] }, ['E_SCHEDULER_FLAGS', '/schedulerFlags/0']);
test(refuses, { ...tcp, schedulerFlags: 'flag-1' }, [
  'E_SCHEDULER_FLAGS',
  '/schedulerFlags',
  'an array of at most 7 flags',
]);
test(refuses, { ...tcp, schedulerFlags: 8 }, [
  'E_SCHEDULER_FLAGS',
  '/schedulerFlags',
  'an array of at most 7 flags',
]);
test(refuses, { ...tcp, schedulerFlags: { 0: 'flag-1', length: 1 } }, [
  'E_SCHEDULER_FLAGS',
  '/schedulerFlags',
]);
test(refuses, { ...tcp, schedulerFlags: null }, [
  'E_SCHEDULER_FLAGS',
  '/schedulerFlags',
  'an array of at most 7 flags',
]);
test(
  accepts,
  { ...tcp, scheduler: 'mh', schedulerFlags: Array(7).fill('mh-port') },
  { ...mh, schedulerFlags: ['mh-port'] },
);
test(refuses, { ...tcp, scheduler: 'mh', schedulerFlags: Array(8).fill('mh-port') }, [
  'E_SCHEDULER_FLAGS',
  '/schedulerFlags',
]);
test(refuses, { ...tcp, schedulerFlags: Array(2 ** 32 - 1) }, [
  'E_SCHEDULER_FLAGS',
  '/schedulerFlags',
]);

// Persistence
const persistent = (persistence: object) => ({ ...tcp, ...defaults, persistence });
test(accepts, { ...tcp, persistence: true }, persistent({ timeout: 360, netmask: full }));
test(accepts, { ...tcp, persistence: {} }, persistent({ timeout: 360, netmask: full }));
test(accepts, { ...tcp, persistence: false }, { ...tcp, ...defaults });
test(accepts, { ...tcp, persistence: { timeout: 1 } }, persistent({ timeout: 1, netmask: full }));
test(
  accepts,
  { ...tcp, persistence: { timeout: 2678400 } },
  persistent({ timeout: 2678400, netmask: full }),
);
test(
  accepts,
  { ...tcp, persistence: { timeout: undefined, netmask: undefined, engine: undefined } },
  persistent({ timeout: 360, netmask: full }),
);
test(
  accepts,
  { ...tcp6, persistence: true },
  { ...tcp6, ...defaults, persistence: { timeout: 360, netmask: 128 } },
);
test(
  accepts,
  { ...mark6, persistence: true },
  { ...mark6, ...defaults, persistence: { timeout: 360, netmask: 128 } },
);
test(refuses, { ...tcp, persistence: 360 }, ['E_SCHEMA', '/persistence', 'a boolean or an object']);
test(refuses, { ...tcp, persistence: [] }, ['E_SCHEMA', '/persistence', 'a boolean or an object']);
test(refuses, { ...tcp, persistence: null }, [
  'E_SCHEMA',
  '/persistence',
  'a boolean or an object',
]);
test(refuses, { ...tcp, persistence: { time: 5 } }, [
  'E_SCHEMA',
  '/persistence/time',
  'no field of this name',
]);
const aTimeout = 'a whole number from 1 to 2678400';
test(refuses, { ...tcp, persistence: { timeout: 0 } }, [
  'E_PERSISTENCE_TIMEOUT',
  '/persistence/timeout',
  aTimeout,
]);
test(refuses, { ...tcp, persistence: { timeout: 2678401 } }, [
  'E_PERSISTENCE_TIMEOUT',
  '/persistence/timeout',
  aTimeout,
]);
test(refuses, { ...tcp, persistence: { timeout: 0.5 } }, [
  'E_PERSISTENCE_TIMEOUT',
  '/persistence/timeout',
  aTimeout,
]);
test(refuses, { ...tcp, persistence: { timeout: '360' } }, [
  'E_PERSISTENCE_TIMEOUT',
  '/persistence/timeout',
  aTimeout,
]);
test(refuses, { ...tcp, persistence: { timeout: '300s' } }, [
  'E_PERSISTENCE_TIMEOUT',
  '/persistence/timeout',
  aTimeout,
]);
test(refuses, { ...tcp, persistence: { timeout: null } }, [
  'E_PERSISTENCE_TIMEOUT',
  '/persistence/timeout',
  aTimeout,
]);

// Netmask
const masked = (netmask: string | number) => persistent({ timeout: 360, netmask });
test(accepts, { ...tcp, persistence: { netmask: '255.255.255.0' } }, masked('255.255.255.0'));
test(accepts, { ...tcp, persistence: { netmask: 24 } }, masked('255.255.255.0'));
test(accepts, { ...tcp, persistence: { netmask: 1 } }, masked('128.0.0.0'));
test(accepts, { ...tcp, persistence: { netmask: 32 } }, masked(full));
test(
  accepts,
  { ...tcp6, persistence: { netmask: 64 } },
  { ...tcp6, ...defaults, persistence: { timeout: 360, netmask: 64 } },
);
const aMask = 'a contiguous dotted mask or a prefix length from 1 to 32';
const aPrefix = 'a prefix length from 1 to 128';
test(refuses, { ...tcp, persistence: { netmask: '255.0.255.0' } }, [
  'E_NETMASK',
  '/persistence/netmask',
  aMask,
]);
test(refuses, { ...tcp, persistence: { netmask: '0.0.0.0' } }, [
  'E_NETMASK',
  '/persistence/netmask',
  aMask,
]);
test(refuses, { ...tcp, persistence: { netmask: '24' } }, [
  'E_NETMASK',
  '/persistence/netmask',
  aMask,
]);
test(refuses, { ...tcp, persistence: { netmask: 0 } }, [
  'E_NETMASK',
  '/persistence/netmask',
  aMask,
]);
test(refuses, { ...tcp, persistence: { netmask: 33 } }, [
  'E_NETMASK',
  '/persistence/netmask',
  aMask,
]);
test(refuses, { ...tcp, persistence: { netmask: null } }, [
  'E_NETMASK',
  '/persistence/netmask',
  aMask,
]);
test(refuses, { ...tcp6, persistence: { netmask: 0 } }, [
  'E_NETMASK',
  '/persistence/netmask',
  aPrefix,
]);
test(refuses, { ...tcp6, persistence: { netmask: 129 } }, [
  'E_NETMASK',
  '/persistence/netmask',
  aPrefix,
]);
test(refuses, { ...tcp6, persistence: { netmask: '64' } }, [
  'E_NETMASK',
  '/persistence/netmask',
  aPrefix,
]);
test(refuses, { ...tcp6, persistence: { netmask: full } }, [
  'E_NETMASK',
  '/persistence/netmask',
  aPrefix,
]);
test(refuses, { ...mark, persistence: { netmask: 64 } }, [
  'E_NETMASK',
  '/persistence/netmask',
  aMask,
]);

// Engine
test(
  accepts,
  { ...udp, persistence: { engine: 'sip' } },
  { ...udp, ...defaults, persistence: { timeout: 360, netmask: full, engine: 'sip' } },
);
test(
  accepts,
  { ...tcp, persistence: { engine: 'own' } },
  persistent({ timeout: 360, netmask: full, engine: 'own' }),
);
const needsUdp = 'another engine: sip needs a UDP service';
test(refuses, { ...tcp, persistence: { engine: 'sip' } }, [
  'E_ENGINE',
  '/persistence/engine',
  needsUdp,
]);
test(refuses, { ...mark, persistence: { engine: 'sip' } }, [
  'E_ENGINE',
  '/persistence/engine',
  needsUdp,
]);
test(refuses, { ...udp, persistence: { engine: '' } }, ['E_ENGINE', '/persistence/engine', aName]);
test(refuses, { ...udp, persistence: { engine: 'SIP' } }, [
  'E_ENGINE',
  '/persistence/engine',
  aName,
]);
test(refuses, { ...udp, persistence: { engine: 'abcdefghijklmnop' } }, [
  'E_ENGINE',
  '/persistence/engine',
  aName,
]);
test(refuses, { ...udp, persistence: { engine: null } }, [
  'E_ENGINE',
  '/persistence/engine',
  aName,
]);

// One packet
test(accepts, { ...udp, onePacket: true }, { ...udp, ...defaults, onePacket: true });
test(accepts, { ...mark, onePacket: true }, { ...mark, ...defaults, onePacket: true });
test(accepts, { ...tcp, onePacket: false }, { ...tcp, ...defaults });
test(refuses, { ...tcp, onePacket: true }, ['E_ONE_PACKET', '/onePacket']);
test(refuses, { ...tcp, protocol: 'sctp', onePacket: true }, ['E_ONE_PACKET', '/onePacket']);
test(refuses, { ...udp, onePacket: 1 }, ['E_ONE_PACKET', '/onePacket', 'a boolean']);
test(refuses, { ...udp, onePacket: 'true' }, ['E_ONE_PACKET', '/onePacket', 'a boolean']);
test(refuses, { ...udp, onePacket: null }, ['E_ONE_PACKET', '/onePacket', 'a boolean']);

// Several at once
test(
  refuses,
  {
    protocol: 'icmp',
    address: '10.0.0',
    port: 70000,
    scheduler: 'RR',
    schedulerFlags: ['x'],
    persistence: { timeout: 0, engine: 'SIP', more: 1 },
    onePacket: 1,
    typo: 1,
  },
  ['E_SCHEMA', '/typo'],
  ['E_PROTOCOL', '/protocol'],
  ['E_ADDRESS', '/address'],
  ['E_PORT', '/port'],
  ['E_SCHEDULER_NAME', '/scheduler'],
  ['E_SCHEDULER_FLAGS', '/schedulerFlags/0'],
  ['E_SCHEMA', '/persistence/more'],
  ['E_PERSISTENCE_TIMEOUT', '/persistence/timeout'],
  ['E_ENGINE', '/persistence/engine'],
  ['E_ONE_PACKET', '/onePacket'],
);

test('what depends on an unreadable identity is not reported twice', (t) => {
  const report = new CollectingReport();
  const persistence = { netmask: 64, engine: 'sip' };
  checkServiceSpec(
    { ...tcp, protocol: 'x', address: 'x', onePacket: true, persistence },
    report,
    '',
  );
  t.deepEqual(
    report.issues.map(({ path }) => path),
    ['/protocol', '/address'],
  );
});

test('an observed service can be passed as a spec', (t) => {
  const observed = { ...tcp, ...defaults, id: 'tcp/10.0.0.1:80', stats: {}, unknownFlags: 64 };
  t.deepEqual<unknown, unknown>(checkServiceSpec(observed, throwingReport, ''), {
    ...tcp,
    ...defaults,
  });
});

test('the fields to skip can be named, and then no others are', (t) => {
  const options = { skippedFields: new Set(['name']) };
  t.deepEqual<unknown, unknown>(
    checkServiceSpec({ ...tcp, name: 'web' }, throwingReport, '', options),
    {
      ...tcp,
      ...defaults,
    },
  );
  t.throws(() => checkServiceSpec({ ...tcp, id: 'x' }, throwingReport, '', options), {
    message: 'id: expected no field of this name, got "x"',
  });
});

test('paths begin where the spec stands', (t) => {
  const report = new CollectingReport();
  checkServiceSpec({ ...tcp, port: '80', persistence: { timeout: 0 } }, report, '/services/3');
  t.deepEqual(
    report.issues.map(({ path }) => path),
    ['/services/3/port', '/services/3/persistence/timeout'],
  );
  t.throws(() => checkServiceSpec({ ...tcp, persistence: { timeout: 0 } }, throwingReport, ''), {
    instanceOf: InvalidValueError,
    message: 'persistence.timeout: expected a whole number from 1 to 2678400, got 0',
  });
});

test('only what an object has itself is its spec', (t) => {
  const polluted = Object.create({ onePacket: true, typo: 1 });
  Object.assign(polluted, tcp);
  Object.defineProperty(polluted, 'scheduler', { value: 'rr', enumerable: false });
  t.deepEqual<unknown, unknown>(checkServiceSpec(polluted, throwingReport, ''), {
    ...tcp,
    ...defaults,
  });
});

test('an object of any class will do', (t) => {
  class Web {
    protocol = 'tcp';
    address = '10.0.0.1';
    port = 80;
  }
  t.deepEqual<unknown, unknown>(checkServiceSpec(new Web(), throwingReport, ''), {
    ...tcp,
    ...defaults,
  });
  const bare = Object.assign(Object.create(null), tcp);
  t.deepEqual<unknown, unknown>(checkServiceSpec(bare, throwingReport, ''), {
    ...tcp,
    ...defaults,
  });
});

test('a spec is left as it was, and the service shares nothing with it that can change', (t) => {
  const flags = ['sh-port'];
  const persistence = { timeout: 5 };
  const spec = { ...tcp, scheduler: 'sh', schedulerFlags: flags, persistence };
  Object.freeze(spec);
  const service = checkServiceSpec(spec, throwingReport, '');
  flags.push('sh-fallback');
  persistence.timeout = 6;
  t.like(service, { schedulerFlags: ['sh-port'], persistence: { timeout: 5 } });
});

test('a spec that is made of good values is taken, and a service is its own spec', (t) => {
  fc.assert(
    fc.property(serviceSpec, (spec) => {
      const service = checkServiceSpec(spec, throwingReport, '');
      t.deepEqual(checkServiceSpec(service, throwingReport, ''), service);
    }),
    { numRuns: 1000 },
  );
});

const fieldNames = [
  'protocol',
  'address',
  'port',
  'fwmark',
  'family',
  'scheduler',
  'schedulerFlags',
  'persistence',
  'onePacket',
];

test('a spec can be anything, and is a service or an InvalidValueError', (t) => {
  const nearly = fc.dictionary(fc.constantFrom(...fieldNames), fc.anything());
  const mixed = fc.tuple(serviceSpec, nearly).map(([spec, other]) => ({ ...spec, ...other }));
  fc.assert(
    fc.property(fc.oneof(fc.anything(), nearly, mixed), (input) => {
      const report = new CollectingReport();
      const service = checkServiceSpec(input, report, '');
      t.is(service === undefined, report.errorCount > 0);
      if (service === undefined) {
        t.throws(() => checkServiceSpec(input, throwingReport, ''), {
          instanceOf: InvalidValueError,
        });
      } else {
        t.deepEqual(checkServiceSpec(service, throwingReport, ''), service);
      }
    }),
    { numRuns: 3000 },
  );
});

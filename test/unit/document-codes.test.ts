import test from 'ava';
import { documentOf, finds, mark, seenCodes, tcp, udp } from './_document-macros.js';

const one = (settings: object) => documentOf({ ...tcp, ...settings });
const to = (destination: unknown, service: object = tcp) =>
  documentOf({ ...service, destinations: [destination] });
const address = '10.2.1.2';
const at = '/services/0/destinations/0';

// Nothing wrong
test(finds, documentOf());
test(finds, documentOf(tcp, udp, mark, { ...mark, family: 'ipv6' }));
test(finds, to({ address }));
test(finds, { ...documentOf(), defaults: undefined, vips: undefined, timeouts: undefined });
test(finds, { ...documentOf(), defaults: {}, sysctls: {} });
test(finds, one({ name: undefined, drain: undefined, ensure: undefined, destinations: undefined }));

// The document
test(finds, undefined, ['E_SCHEMA', '']);
test(finds, null, ['E_SCHEMA', '']);
test(finds, [], ['E_SCHEMA', '', 'a document: an object with version and services, got an array']);
test(finds, 'version: 1', ['E_SCHEMA', '']);
test(finds, {}, ['E_VERSION', '/version'], ['E_SCHEMA', '/services']);
test(finds, { services: [] }, ['E_VERSION', '/version', 'expected 1, got undefined']);
test(finds, { version: 2, services: [] }, ['E_VERSION', '/version', 'expected 1, got 2']);
test(finds, { version: '1', services: [] }, ['E_VERSION', '/version']);
test(finds, { version: 1 }, ['E_SCHEMA', '/services', 'an array of at most 1000000 services']);
test(finds, { version: 1, services: {} }, ['E_SCHEMA', '/services']);
test(finds, { version: 1, services: null }, ['E_SCHEMA', '/services']);
test(finds, { version: 1, services: Array(2 ** 32 - 1) }, ['E_SCHEMA', '/services']);
test(finds, { ...documentOf(), service: [] }, ['E_SCHEMA', '/service', 'no field of this name']);
test(finds, documentOf('tcp/10.9.0.1:80'), ['E_SCHEMA', '/services/0', 'a service: an object']);
test(
  finds,
  documentOf(null, [], undefined),
  ...[0, 1, 2].map((n) => ['E_SCHEMA', `/services/${n}`] as const),
);

// Unknown fields at every level
test(finds, one({ schedular: 'rr' }), ['E_SCHEMA', '/services/0/schedular']);
test(finds, one({ id: 'tcp/10.9.0.1:80' }), ['E_SCHEMA', '/services/0/id']);
test(finds, one({ stats: {} }), ['E_SCHEMA', '/services/0/stats']);
test(finds, one({ 'a/b~c': 1 }), ['E_SCHEMA', '/services/0/a~1b~0c']);
test(finds, one({ persistence: { time: 1 } }), ['E_SCHEMA', '/services/0/persistence/time']);
test(finds, one({ drain: { dead: 1 } }), ['E_SCHEMA', '/services/0/drain/dead']);
test(finds, to({ address, wieght: 1 }), ['E_SCHEMA', `${at}/wieght`]);
test(finds, to({ address, id: 'x' }), ['E_SCHEMA', `${at}/id`]);
test(finds, to({ address, forward: 'tunnel', tunnel: { kind: 'gue' } }), [
  'E_SCHEMA',
  `${at}/tunnel/kind`,
]);
test(finds, { ...documentOf(), defaults: { upperThreshold: 1 } }, [
  'E_SCHEMA',
  '/defaults/upperThreshold',
]);
test(finds, { ...documentOf(), vips: { device: 'ipvs0', mtu: 1 } }, ['E_SCHEMA', '/vips/mtu']);
test(finds, { ...documentOf(), timeouts: { tcp: 9, tcpfin: 1 } }, ['E_SCHEMA', '/timeouts/tcpfin']);

// Entries
test(finds, one({ name: '' }), ['E_SCHEMA', '/services/0/name', 'a name of 1 to 255 characters']);
test(finds, one({ name: 7 }), ['E_SCHEMA', '/services/0/name']);
test(finds, one({ name: null }), ['E_SCHEMA', '/services/0/name']);
test(finds, one({ name: 'x'.repeat(256) }), ['E_SCHEMA', '/services/0/name']);
test(finds, one({ name: 'x'.repeat(255) }));
test(finds, one({ ensure: 'gone' }), ['E_SCHEMA', '/services/0/ensure', 'present or absent']);
test(finds, one({ ensure: null }), ['E_SCHEMA', '/services/0/ensure']);
test(finds, one({ ensure: 'present' }));
test(finds, one({ ignore: 'weight' }), ['E_SCHEMA', '/services/0/ignore']);
test(finds, one({ ignore: ['weight', 'port'] }), [
  'E_SCHEMA',
  '/services/0/ignore/1',
  'expected weight',
]);
test(finds, one({ ignore: Array(9).fill('weight') }), ['E_SCHEMA', '/services/0/ignore']);
test(finds, one({ ignore: ['weight', 'weight'] }));
test(finds, one({ destinations: {} }), ['E_SCHEMA', '/services/0/destinations']);
test(finds, one({ destinations: null }), ['E_SCHEMA', '/services/0/destinations']);
test(finds, one({ destinations: Array(2 ** 32 - 1) }), ['E_SCHEMA', '/services/0/destinations']);
test(finds, to('10.2.1.2:80'), ['E_SCHEMA', at, 'a destination: an object']);

// Identity
test(finds, documentOf({}), ['E_IDENTITY', '/services/0']);
test(finds, documentOf({ name: 'web' }), ['E_IDENTITY', '/services/0']);
test(finds, one({ fwmark: 7 }), ['E_IDENTITY', '/services/0']);
test(finds, one({ family: 'ipv4' }), ['E_IDENTITY', '/services/0/family']);
test(finds, one({ address: '10.9.0' }), ['E_ADDRESS', '/services/0/address']);
test(finds, one({ address: '10.9.0.01' }), ['E_ADDRESS', '/services/0/address']);
test(finds, one({ address: '[fd09::1]' }), ['E_ADDRESS', '/services/0/address']);
test(finds, one({ address: 'fe80::1%eth0' }), ['E_ADDRESS', '/services/0/address']);
test(finds, documentOf({ protocol: 'tcp', port: 80 }), ['E_ADDRESS', '/services/0/address']);
test(finds, one({ address: '::ffff:10.9.0.1' }), [
  'W_ADDRESS_MAPPED',
  '/services/0/address',
  '10.9.0.1',
]);
test(finds, one({ address: '0.0.0.0' }), ['E_ADDRESS_KIND', '/services/0/address']);
test(finds, one({ address: '224.0.0.1' }), ['E_ADDRESS_KIND', '/services/0/address']);
test(finds, one({ address: 'ff02::1' }), ['E_ADDRESS_KIND', '/services/0/address']);
test(finds, one({ protocol: 'icmp' }), ['E_PROTOCOL', '/services/0/protocol']);
test(finds, one({ protocol: 'protocol-47' }), ['E_PROTOCOL', '/services/0/protocol']);
test(finds, one({ protocol: undefined }), ['E_PROTOCOL', '/services/0/protocol']);
test(finds, documentOf({ ...mark, protocol: 'tcp' }), ['E_PROTOCOL', '/services/0/protocol']);
test(finds, one({ port: 65536 }), ['E_PORT', '/services/0/port']);
test(finds, one({ port: undefined }), ['E_PORT', '/services/0/port']);
test(finds, one({ port: '80' }), ['E_PORT', '/services/0/port']);
test(finds, one({ port: 0 }), ['E_PORT_ZERO', '/services/0/port']);
test(finds, one({ port: 0, persistence: true }));
test(finds, documentOf({ fwmark: 0 }), ['E_FWMARK', '/services/0/fwmark']);
test(finds, documentOf({ fwmark: 2 ** 32 }), ['E_FWMARK', '/services/0/fwmark']);
test(finds, documentOf({ ...mark, family: 'inet' }), ['E_FWMARK', '/services/0/family']);

// Settings of services
test(finds, one({ scheduler: 'RR' }), ['E_SCHEDULER_NAME', '/services/0/scheduler']);
test(finds, one({ scheduler: 'none' }), ['E_SCHEDULER_NAME', '/services/0/scheduler']);
test(finds, one({ schedulerFlags: ['mh-port'] }), [
  'E_SCHEDULER_FLAGS',
  '/services/0/schedulerFlags/0',
]);
test(finds, one({ schedulerFlags: 'sh-port' }), [
  'E_SCHEDULER_FLAGS',
  '/services/0/schedulerFlags',
]);
test(finds, one({ schedulerFlags: ['flag-1'] }), ['W_FLAGS_UNUSED', '/services/0/schedulerFlags']);
test(finds, one({ scheduler: 'mh', schedulerFlags: ['flag-1'] }));
test(finds, one({ persistence: 360 }), ['E_SCHEMA', '/services/0/persistence']);
test(finds, one({ persistence: { timeout: 0 } }), [
  'E_PERSISTENCE_TIMEOUT',
  '/services/0/persistence/timeout',
]);
test(finds, one({ persistence: { netmask: '255.0.255.0' } }), [
  'E_NETMASK',
  '/services/0/persistence/netmask',
]);
test(finds, one({ address: 'fd09::1', persistence: { netmask: 129 } }), [
  'E_NETMASK',
  '/services/0/persistence/netmask',
]);
test(finds, one({ persistence: { engine: 'sip' } }), [
  'E_ENGINE',
  '/services/0/persistence/engine',
]);
test(finds, documentOf({ ...udp, persistence: { engine: 'sip' } }));
test(finds, one({ onePacket: true }), ['E_ONE_PACKET', '/services/0/onePacket']);
test(finds, one({ onePacket: 'no' }), ['E_ONE_PACKET', '/services/0/onePacket']);
test(finds, to({ address }, { ...udp, onePacket: true }), [
  'W_ONE_PACKET_MASQ',
  '/services/0/onePacket',
]);
test(
  finds,
  documentOf({ ...udp, onePacket: true, destinations: [{ address }, { address: '10.2.1.3' }] }),
  ['W_ONE_PACKET_MASQ', '/services/0/onePacket'],
);
test(finds, to({ address, forward: 'direct' }, { ...udp, onePacket: true }));
test(finds, documentOf({ ...udp, onePacket: true }));

// Destinations
test(finds, to({}), ['E_ADDRESS', `${at}/address`]);
test(finds, to({ address: '0.0.0.0' }), ['E_ADDRESS_KIND', `${at}/address`]);
test(finds, to({ address: '255.255.255.255' }), ['E_ADDRESS_KIND', `${at}/address`]);
test(finds, to({ address: '::ffff:10.2.1.2' }), ['E_ADDRESS_KIND', `${at}/address`]);
test(finds, to({ address: 'fe80::2' }, { ...tcp, address: 'fd09::1' }), [
  'E_ADDRESS_KIND',
  `${at}/address`,
]);
test(finds, to({ address, port: 65536 }), ['E_DEST_PORT', `${at}/port`]);
test(finds, to({ address, port: 81, forward: 'direct' }), ['E_DEST_PORT', `${at}/port`]);
test(finds, to({ address, port: 81, forward: 'tunnel' }), ['E_DEST_PORT', `${at}/port`]);
test(finds, to({ address, port: 81, forward: 'direct' }, mark));
test(finds, to({ address, forward: 'local' }), ['E_FORWARD', `${at}/forward`]);
test(finds, to({ address, forward: 0 }), ['E_FORWARD', `${at}/forward`]);
test(finds, to({ address: 'fd02::2' }), ['E_FAMILY_MIX', `${at}/address`]);
test(finds, to({ address: 'fd02::2', forward: 'tunnel' }));
test(finds, to({ address, weight: -1 }), ['E_WEIGHT', `${at}/weight`]);
test(finds, to({ address, weight: null }), ['E_WEIGHT', `${at}/weight`]);
test(finds, to({ address, weight: 0 }));
test(finds, to({ address, lowerThreshold: 1 }), ['E_THRESHOLD', `${at}/lowerThreshold`]);
test(finds, to({ address, upperThreshold: 2 ** 32 }), ['E_THRESHOLD', `${at}/upperThreshold`]);
test(finds, to({ address, tunnel: {} }), ['E_TUNNEL', `${at}/tunnel`]);
test(finds, to({ address, forward: 'tunnel', tunnel: { type: 'gue' } }), [
  'E_TUNNEL',
  `${at}/tunnel/port`,
]);
test(finds, to({ address, forward: 'tunnel', tunnel: { checksum: 'remote' } }), [
  'E_TUNNEL',
  `${at}/tunnel/checksum`,
]);
test(finds, to({ address: tcp.address }), ['W_SELF_DESTINATION', at]);
test(finds, to({ address: tcp.address, port: 81 }));

// Duplicates
test(finds, documentOf(tcp, udp, { ...tcp, scheduler: 'rr' }), [
  'E_DUPLICATE_SERVICE',
  '/services/2',
  '/services/0 and /services/2 are the same service, tcp/10.9.0.1:80',
]);
test(finds, documentOf(tcp, { ...tcp, protocol: 6 }), ['E_DUPLICATE_SERVICE', '/services/1']);
test(
  finds,
  documentOf(tcp, { ...tcp, address: '::ffff:a09:1' }),
  ['E_DUPLICATE_SERVICE', '/services/1'],
  ['W_ADDRESS_MAPPED', '/services/1/address'],
);
test(finds, documentOf({ ...tcp, address: 'fd09::1' }, { ...tcp, address: 'FD09:0::0:1' }), [
  'E_DUPLICATE_SERVICE',
  '/services/1',
  'tcp/[fd09::1]:80',
]);
test(finds, documentOf(mark, { ...mark, family: 'ipv4' }), [
  'E_DUPLICATE_SERVICE',
  '/services/1',
  'fwmark/7/ipv4',
]);
test(finds, documentOf(tcp, { ...tcp, ensure: 'absent' }), ['E_DUPLICATE_SERVICE', '/services/1']);
test(finds, documentOf({ ...tcp, ensure: 'absent' }, tcp), ['E_DUPLICATE_SERVICE', '/services/1']);
test(
  finds,
  documentOf({ ...tcp, scheduler: 'RR' }, tcp),
  ['E_SCHEDULER_NAME', '/services/0/scheduler'],
  ['E_DUPLICATE_SERVICE', '/services/1', '/services/0 and'],
);
test(
  finds,
  documentOf(tcp, tcp, tcp),
  ['E_DUPLICATE_SERVICE', '/services/1', '/services/0 and /services/1'],
  ['E_DUPLICATE_SERVICE', '/services/2', '/services/0 and /services/2'],
);
test(finds, documentOf({ ...tcp, name: 'web' }, { ...udp, name: 'web' }), [
  'E_DUPLICATE_SERVICE',
  '/services/1/name',
  '/services/0/name and /services/1/name',
]);
test(finds, documentOf({ ...tcp, name: 'web', ensure: 'absent' }, { ...udp, name: 'web' }), [
  'E_DUPLICATE_SERVICE',
  '/services/1/name',
]);
test(finds, documentOf({ ...tcp, destinations: [{ address }, { address, port: 80, weight: 5 }] }), [
  'E_DUPLICATE_DESTINATION',
  '/services/0/destinations/1',
  '/services/0/destinations/0 and /services/0/destinations/1 are the same destination, 10.2.1.2:80',
]);
test(finds, documentOf({ ...tcp, destinations: [{ address }, { address, forward: 'direct' }] }), [
  'E_DUPLICATE_DESTINATION',
  '/services/0/destinations/1',
]);
test(
  finds,
  documentOf({ ...tcp, destinations: [{ address, weight: -1 }, { address }] }),
  ['E_WEIGHT', '/services/0/destinations/0/weight'],
  ['E_DUPLICATE_DESTINATION', '/services/0/destinations/1'],
);
test(
  finds,
  documentOf({ ...tcp, scheduler: 'RR', destinations: [{ address }, { address }] }),
  ['E_SCHEDULER_NAME', '/services/0/scheduler'],
  ['E_DUPLICATE_DESTINATION', '/services/0/destinations/1'],
);
test(finds, documentOf({ ...tcp, port: 'x', destinations: [{ address }, { address, port: 0 }] }), [
  'E_PORT',
  '/services/0/port',
]);
test(finds, documentOf({ ...tcp, destinations: [{ address }, { address, port: 81 }] }));
test(
  finds,
  documentOf({ ...tcp, destinations: [{ address }] }, { ...udp, destinations: [{ address }] }),
);

// Absent
const absent = { ...tcp, ensure: 'absent' };
test(finds, documentOf(absent));
test(
  finds,
  documentOf({ ...absent, name: 'old', drain: { mode: 'immediate' }, scheduler: undefined }),
);
test(finds, documentOf({ ...mark, family: 'ipv6', ensure: 'absent' }));
test(finds, documentOf({ ...absent, port: 0 }));
for (const [field, value] of Object.entries({
  scheduler: 'rr',
  schedulerFlags: [],
  persistence: false,
  onePacket: false,
  destinations: [],
  ignore: [],
  typo: 1,
})) {
  test(finds, documentOf({ ...absent, [field]: value }), [
    'E_SCHEMA',
    `/services/0/${field}`,
    'no field but the identity, name and drain',
  ]);
}
test(finds, documentOf({ ...absent, address: 'x' }), ['E_ADDRESS', '/services/0/address']);
test(finds, documentOf({ ...absent, drain: { mode: 'never' } }), [
  'E_DRAIN',
  '/services/0/drain/mode',
]);
test(finds, documentOf({ ...absent, address: '::ffff:10.9.0.1' }), [
  'W_ADDRESS_MAPPED',
  '/services/0/address',
]);

// Defaults
const defaults = (defaults: unknown, ...services: readonly unknown[]) => ({
  version: 1,
  defaults,
  services,
});
test(finds, defaults([]), ['E_SCHEMA', '/defaults']);
test(finds, defaults(null), ['E_SCHEMA', '/defaults']);
test(finds, defaults({ scheduler: 'RR' }), ['E_SCHEDULER_NAME', '/defaults/scheduler']);
test(finds, defaults({ scheduler: 'none' }), ['E_SCHEDULER_NAME', '/defaults/scheduler']);
test(finds, defaults({ forward: 'local' }), ['E_FORWARD', '/defaults/forward']);
test(finds, defaults({ weight: -1 }), ['E_WEIGHT', '/defaults/weight']);
test(finds, defaults({ scheduler: 'mh' }, { ...tcp, schedulerFlags: ['mh-port'] }));
test(finds, defaults({ forward: 'direct' }, { ...tcp, destinations: [{ address, port: 81 }] }), [
  'E_DEST_PORT',
  `${at}/port`,
]);
test(
  finds,
  defaults({ forward: 'tunnel' }, { ...tcp, destinations: [{ address, tunnel: { type: 'gre' } }] }),
);
// What depends on a default that cannot be read is not reported.
test(finds, defaults({ scheduler: 'MH' }, { ...tcp, schedulerFlags: ['mh-port'] }), [
  'E_SCHEDULER_NAME',
  '/defaults/scheduler',
]);
test(
  finds,
  defaults({ forward: 'gre' }, { ...tcp, destinations: [{ address: 'fd02::2', tunnel: {} }] }),
  ['E_FORWARD', '/defaults/forward'],
);
// Nor what depends on an identity that cannot.
test(
  finds,
  to({ address: 'fd02::2', port: 81, forward: 'direct' }, { ...tcp, address: 'x', port: 'x' }),
  ['E_ADDRESS', '/services/0/address'],
  ['E_PORT', '/services/0/port'],
);
test(
  finds,
  to({ address: 'fd02::2', port: 81 }, { ...tcp, port: 'x' }),
  ['E_PORT', '/services/0/port'],
  ['E_FAMILY_MIX', `${at}/address`],
);
test(
  finds,
  to({ address, weight: -1 }, {}),
  ['E_IDENTITY', '/services/0'],
  ['E_WEIGHT', `${at}/weight`],
);

// Drain
test(finds, one({ drain: 'wait' }), ['E_DRAIN', '/services/0/drain']);
test(finds, one({ drain: null }), ['E_DRAIN', '/services/0/drain']);
test(finds, one({ drain: { deadline: '5 minutes' } }), ['E_DRAIN', '/services/0/drain/deadline']);

// Virtual addresses
const vips = (vips: unknown) => ({ ...documentOf(), vips });
test(finds, vips('ipvs0'), ['E_SCHEMA', '/vips']);
test(finds, vips(null), ['E_SCHEMA', '/vips']);
test(finds, vips({}), ['E_VIP', '/vips/device']);
test(finds, vips({ device: 'a/b' }), ['E_VIP', '/vips/device']);
test(finds, vips({ device: 'ipvs0', create: 1 }), ['E_VIP', '/vips/create']);
test(finds, vips({ device: 'ipvs0', own: 'all' }), ['E_VIP', '/vips/own']);
test(finds, vips({ device: 'ipvs0', bind: 'all' }), [
  'E_VIP',
  '/vips/bind',
  'services, or an array',
]);
test(finds, vips({ device: 'ipvs0', bind: Array(2 ** 32 - 1) }), ['E_VIP', '/vips/bind']);
test(finds, vips({ device: 'ipvs0', bind: ['10.9.0.1', 'x'] }), ['E_VIP', '/vips/bind/1']);
test(finds, vips({ device: 'ipvs0', bind: ['10.9.0.1/32'] }), ['E_VIP', '/vips/bind/0']);
test(finds, vips({ device: 'ipvs0', bind: ['224.0.0.1'] }), ['E_VIP', '/vips/bind/0']);
test(finds, vips({ device: 'ipvs0', bind: ['fe80::1'] }), ['E_VIP', '/vips/bind/0']);
test(finds, vips({ device: 'ipvs0', bind: ['::ffff:10.9.0.1'] }), [
  'W_ADDRESS_MAPPED',
  '/vips/bind/0',
]);
test(finds, vips({ device: 'ipvs0', bind: [] }));

// Timeouts
const timeouts = (timeouts: unknown) => ({ ...documentOf(), timeouts });
test(finds, timeouts([]), ['E_SCHEMA', '/timeouts']);
test(finds, timeouts({}), ['E_TIMEOUT', '/timeouts']);
test(finds, timeouts({ tcp: 0 }), ['E_TIMEOUT', '/timeouts/tcp']);
test(finds, timeouts({ udp: '300s' }), ['E_TIMEOUT', '/timeouts/udp']);
test(finds, timeouts({ tcpFin: 120 }));

// Sysctls
const sysctls = (sysctls: unknown) => ({ ...documentOf(), sysctls });
test(finds, sysctls([]), ['E_SCHEMA', '/sysctls']);
test(finds, sysctls({ expire_nodest_conn: 2 }), [
  'E_SYSCTL',
  '/sysctls/expire_nodest_conn',
  '0 or 1',
]);
test(finds, sysctls({ expire_nodest_conn: true }), ['E_SYSCTL', '/sysctls/expire_nodest_conn']);
test(finds, sysctls({ '../conf': 1 }), ['E_SYSCTL', '/sysctls/..~1conf']);
test(finds, sysctls({ 'net.ipv4.vs.conntrack': 1 }), [
  'E_SYSCTL',
  '/sysctls/net.ipv4.vs.conntrack',
]);
test(finds, sysctls(JSON.parse('{"__proto__": 1}')), ['E_SYSCTL', '/sysctls/__proto__']);
test(finds, sysctls({ of_a_later_kernel: 1 }));
test(finds, sysctls({ of_a_later_kernel: 'x' }), ['E_SYSCTL', '/sysctls/of_a_later_kernel']);
test(finds, sysctls({ constructor: 1 }));

// In document order, which is that of the one who wrote it
test(
  finds,
  {
    timeouts: {},
    more: 1,
    services: [
      {
        destinations: [{ weight: 'x', address: 'x', typo: 1 }, 'x'],
        typo: 1,
        ...tcp,
        scheduler: 'X',
      },
      { ...udp, onePacket: true, address: '::ffff:10.9.0.1', destinations: [{ address }] },
      { port: 'x', protocol: 'x' },
    ],
    version: 3,
  },
  ['E_TIMEOUT', '/timeouts'],
  ['E_SCHEMA', '/more'],
  ['E_WEIGHT', '/services/0/destinations/0/weight'],
  ['E_ADDRESS', '/services/0/destinations/0/address'],
  ['E_SCHEMA', '/services/0/destinations/0/typo'],
  ['E_SCHEMA', '/services/0/destinations/1'],
  ['E_SCHEMA', '/services/0/typo'],
  ['E_SCHEDULER_NAME', '/services/0/scheduler'],
  ['W_ADDRESS_MAPPED', '/services/1/address'],
  ['W_ONE_PACKET_MASQ', '/services/1/onePacket'],
  ['E_ADDRESS', '/services/2/address'],
  ['E_PORT', '/services/2/port'],
  ['E_PROTOCOL', '/services/2/protocol'],
  ['E_VERSION', '/version'],
);

test.after('every code of a document has been seen', (t) => {
  const codes =
    'E_SCHEMA E_VERSION E_IDENTITY E_ADDRESS E_ADDRESS_KIND E_PROTOCOL E_PORT E_PORT_ZERO E_FWMARK E_SCHEDULER_NAME ' +
    'E_SCHEDULER_FLAGS E_PERSISTENCE_TIMEOUT E_NETMASK E_ENGINE E_ONE_PACKET E_DEST_PORT E_FORWARD E_FAMILY_MIX E_WEIGHT ' +
    'E_THRESHOLD E_TUNNEL E_DUPLICATE_SERVICE E_DUPLICATE_DESTINATION E_DRAIN E_VIP E_TIMEOUT E_SYSCTL ' +
    'W_ADDRESS_MAPPED W_SELF_DESTINATION W_FLAGS_UNUSED W_ONE_PACKET_MASQ';
  t.deepEqual([...seenCodes].sort(), codes.split(' ').sort());
});

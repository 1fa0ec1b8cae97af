import fc from 'fast-check';
import { destinationSpec, serviceSpec } from './_model-arbitraries.js';

const duration = fc.oneof(
  fc.integer({ min: 10, max: 86_400_000 }),
  fc.constantFrom('10ms', '500ms', '300s', '5m', '1h', '24h'),
);

const drain = fc.record(
  {
    mode: fc.constantFrom('wait', 'immediate'),
    until: fc.constantFrom('idle', 'no-active'),
    deadline: fc.oneof(duration, fc.constantFrom(0, '0s', '744h')),
    poll: duration,
    udp: fc.constantFrom('immediate', 'wait'),
    hash: fc.constantFrom('fallback', 'refuse', 'immediate'),
  },
  { requiredKeys: [] },
);

const extras = fc.record(
  {
    drain,
    ignore: fc.constantFrom([], ['weight']),
    ensure: fc.constant('present'),
    destinations: fc.uniqueArray(destinationSpec, {
      selector: ({ address }) => address,
      maxLength: 5,
    }),
  },
  { requiredKeys: [] },
);

/** Whether a destination of IPv4 can be a service's whichever way it is forwarded. */
const isIpv4 = (service: object) =>
  'address' in service
    ? !String(service.address).includes(':')
    : !('family' in service) || service.family === 'ipv4';

/** What stands for the identity of an entry, whichever way it is written. */
const identityOf = (service: object) =>
  'fwmark' in service
    ? `${service.fwmark} ${'family' in service ? service.family : 'ipv4'}`
    : `${'address' in service ? service.address : ''} ${'port' in service ? service.port : ''}`.toLowerCase();

/** An address of a service in its one spelling, so that two entries are of one service only where they look it. */
const plainly = (service: object) =>
  'address' in service && String(service.address).includes(':')
    ? { ...service, address: 'fd09::1' }
    : service;

const entry = fc.tuple(serviceSpec.map(plainly), extras).map(([service, extras]) => {
  const { destinations, ...rest } = extras;
  return isIpv4(service) && destinations !== undefined
    ? { ...service, ...extras }
    : { ...service, ...rest };
});

const sections = fc.record(
  {
    defaults: fc.record(
      { scheduler: fc.constantFrom('rr', 'wlc'), weight: fc.nat({ max: 2 ** 31 - 1 }) },
      { requiredKeys: [] },
    ),
    vips: fc.record(
      {
        device: fc.constantFrom('ipvs0', 'lo'),
        create: fc.boolean(),
        own: fc.constantFrom('device', 'declared'),
        bind: fc.oneof(
          fc.constant('services'),
          fc.subarray(['10.9.0.1', '10.10.0.1', 'fd09::2', 'FD09::a', '::ffff:10.9.0.2']),
        ),
      },
      { requiredKeys: ['device'] },
    ),
    timeouts: fc.record(
      {
        tcp: fc.integer({ min: 1, max: 2_147_483 }),
        udp: fc.constant(300),
        tcpFin: fc.constant(1),
      },
      { requiredKeys: ['tcp'] },
    ),
    sysctls: fc.record(
      {
        sync_threshold: fc.constantFrom<unknown>([3, 50], '3 50', '3   50'),
        expire_nodest_conn: fc.constantFrom(0, 1),
        sync_qlen_max: fc.constantFrom<unknown>(5, '18446744073709551615'),
        est_cpulist: fc.constantFrom('', '0-3,8', 'all'),
        of_a_later_kernel: fc.integer(),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

const services = fc
  .uniqueArray(entry, { selector: identityOf, maxLength: 8 })
  .map((entries) =>
    entries.map((entry, index) =>
      index % 3 === 0 ? { name: `service ${index}`, ...entry } : entry,
    ),
  );

const absent = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 3 }).map((hosts) =>
  hosts.map((host) => ({
    protocol: 'sctp',
    address: `10.99.0.${host}`,
    port: 0,
    ensure: 'absent',
  })),
);

/** Any document without errors. */
export const goodDocument = fc
  .tuple(services, absent, sections)
  .map(([services, absent, sections]) => ({
    version: 1 as const,
    services: [...services, ...absent],
    ...sections,
  }));

const fieldNames = [
  'version defaults services vips timeouts sysctls name drain ignore ensure destinations protocol address port fwmark',
  'family scheduler schedulerFlags persistence onePacket forward weight upperThreshold lowerThreshold tunnel type',
  'checksum timeout netmask engine mode until deadline poll udp hash device create bind own tcp tcpFin __proto__',
].flatMap((line) => line.split(' '));

const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    1,
    6,
    80,
    -1,
    null,
    true,
    '',
    'tcp',
    '10.9.0.1',
    'fd09::1',
    'rr',
    'mh',
    'absent',
    'tunnel',
  ),
  fc.constantFrom<unknown>(
    'wait',
    'weight',
    '300s',
    'services',
    'ipvs0',
    'gue',
    'mh-port',
    'flag-1',
    '255.255.0.0',
  ),
  fc.anything(),
);

/** What looks like a document from afar: its fields in any places, with any values. */
export const anyDocument = fc
  .letrec((tie) => ({
    value: fc.oneof({ maxDepth: 5 }, leaf, tie('object'), tie('list')),
    list: fc.array(tie('value'), { maxLength: 4 }),
    object: fc
      .array(fc.tuple(fc.constantFrom(...fieldNames), tie('value')), { maxLength: 8 })
      .map(fieldsOf),
    entries: fc.array(fc.oneof(tie('object'), tie('value')), { maxLength: 4 }),
  }))
  .object.chain((object) =>
    fc.array(fc.tuple(fc.constantFrom(...fieldNames), leaf), { maxLength: 6 }).map((fields) => ({
      version: 1,
      services: [object, fieldsOf(fields), fieldsOf(fields)],
      ...(object as object),
    })),
  );

/** Own fields, `__proto__` among them. */
function fieldsOf(fields: readonly (readonly [string, unknown])[]): object {
  const object = {};
  for (const [name, value] of fields) {
    Object.defineProperty(object, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}

import fc, { type Arbitrary } from 'fast-check';
import type { Backend } from 'ipvs';

/** A call that is sent to both kernels. */
export interface Operation {
  readonly call: Exclude<keyof Backend, 'snapshot' | 'sysctls'>;
  /** What is wrong, or refused by the kernel, is among it. */
  readonly args: readonly unknown[];
}

export function perform(backend: Backend, { call, args }: Operation): Promise<unknown> {
  const method = backend[call] as (...args: readonly unknown[]) => Promise<unknown>;
  return method.apply(backend, [...args]);
}

/** The ordinary mostly, and now and then the other. */
function mostly<One, Other>(ordinary: Arbitrary<One>, other: Arbitrary<Other>) {
  const weighted: { arbitrary: Arbitrary<One | Other>; weight: number }[] = [
    { arbitrary: ordinary, weight: 19 },
    { arbitrary: other, weight: 1 },
  ];
  return fc.oneof(...weighted);
}

const { constantFrom } = fc;

/** Fields of which each may be missing. */
const some = <Fields extends Record<string, Arbitrary<unknown>>>(fields: Fields) =>
  fc.record(fields, { requiredKeys: [] });

const addressKey = constantFrom(
  { protocol: 'tcp', address: '192.0.2.1', port: 80 },
  { protocol: 'udp', address: '192.0.2.1', port: 53 },
  { protocol: 'tcp', address: '2001:db8::1', port: 80 },
);
const markKey = constantFrom({ fwmark: 7 }, { fwmark: 7, family: 'ipv6' });
const anyPortKey = constantFrom({ protocol: 'tcp', address: '192.0.2.1', port: 0 });
const serviceKey = fc.oneof(addressKey, addressKey, markKey);
const serviceRef = mostly(serviceKey, constantFrom('UDP/192.0.2.1:53', 'tcp/192.0.2.1:0', 'x'));

const scheduler = mostly(
  constantFrom('rr', 'wlc', 'sh', 'mh'),
  // Looking for a module takes the lab a sixth of a second.
  mostly(constantFrom('fo', 'nq', 'none'), constantFrom('nosuch')),
);

const persistence = fc.oneof(
  fc.boolean(),
  some({
    timeout: mostly(constantFrom(1, 60, 2_678_400), constantFrom(0)),
    netmask: mostly(constantFrom(24, 32), constantFrom(64, '255.255.0.0')),
    engine: mostly(fc.constant('sip'), fc.constant('nosuch')),
  }),
);

const serviceSettings = some({
  scheduler,
  schedulerFlags: mostly(
    fc.subarray(['flag-1', 'flag-2', 'flag-3']),
    constantFrom(['sh-port'], ['mh-fallback']),
  ),
  persistence: mostly(constantFrom(false, true), persistence),
  onePacket: mostly(fc.constant(false), fc.constant(true)),
});

const serviceSpec = fc
  .tuple(mostly(serviceKey, anyPortKey), serviceSettings)
  .map(([key, settings]) => ({ ...key, ...settings }));

/** Now and then a broadcast address. */
const ipv4 = mostly(
  constantFrom('10.1.0.1', '10.1.0.2', '10.1.0.3'),
  fc.constant('127.255.255.255'),
);
const ipv6 = constantFrom('fd20::1', 'fd20::2', '::1');

/** A service, and a destination mostly of the same family. */
const pair = fc
  .tuple(
    serviceRef,
    ipv4,
    ipv6,
    mostly(fc.constant(true), fc.constant(false)),
    mostly(fc.constant({}), some({ port: constantFrom(80, 8080, 0) })),
  )
  .map(([service, four, six, fits, port]) => {
    const address = isIpv6(service) === fits ? six : four;
    return [service, { address, ...port }] as const;
  });

function isIpv6(service: object | string): boolean {
  return typeof service === 'object' && /ipv6|::/.test(JSON.stringify(service));
}

const weight = mostly(constantFrom(0, 1, 5), constantFrom(2_147_483_647, 2_147_483_648));

const limits = fc
  .tuple(
    some({ weight }),
    mostly(
      constantFrom(
        {},
        { upperThreshold: 0 },
        { upperThreshold: 5 },
        { upperThreshold: 10, lowerThreshold: 4 },
        { upperThreshold: 2_147_483_647, lowerThreshold: 0 },
      ),
      constantFrom({ lowerThreshold: 3 }, { upperThreshold: 3 }),
    ),
  )
  .map(([share, thresholds]) => ({ ...share, ...thresholds }));

const tunnel = fc.oneof(
  some({ type: constantFrom('ipip', 'gre', 'gue'), checksum: constantFrom('none', 'full') }),
  fc.record({
    type: fc.constant('gue'),
    port: constantFrom(6080, 6081),
    checksum: constantFrom('none', 'full', 'remote'),
  }),
);

const forwarding = fc.oneof(
  some({ forward: constantFrom('masquerade', 'direct', 'tunnel') }),
  fc.record({ forward: fc.constant('tunnel'), tunnel }),
  mostly(fc.constant({}), fc.record({ tunnel: some({ checksum: constantFrom('none', 'full') }) })),
);

const destinationSettings = fc
  .tuple(forwarding, limits)
  .map(([method, rest]) => ({ ...method, ...rest }));

/** A service, and a destination of it in full. */
const pairWithSpec = fc
  .tuple(pair, destinationSettings)
  .map(([[service, key], settings]) => [service, { ...key, ...settings }]);

const device = mostly(constantFrom('vip0', 'vip1'), constantFrom('lo', 'a/b'));
const bindable = mostly(
  constantFrom('10.9.0.1', 'fd09::1', '127.0.0.5', '::ffff:10.9.0.1'),
  constantFrom('::1', '0.0.0.0', 'fec0::1'),
);

const setting = fc.oneof(
  fc.tuple(constantFrom('expire_nodest_conn', 'sync_retries', 'drop_packet'), fc.nat(3)),
  constantFrom(['sync_threshold', '1 2'], ['sync_threshold', '2 2'], ['nosuch', 1], ['est_nic', 1]),
);

function operation(
  call: Operation['call'],
  ...args: readonly Arbitrary<unknown>[]
): Arbitrary<Operation> {
  return operationOf(call, fc.tuple(...args));
}

function operationOf(
  call: Operation['call'],
  args: Arbitrary<readonly unknown[]>,
): Arbitrary<Operation> {
  return args.map((values) => ({ call, args: values }));
}

/** Any operation on a few services, destinations, devices and settings; those that make something more often than those that remove it. */
export const anyOperation: Arbitrary<Operation> = fc.oneof(
  { arbitrary: operation('addService', serviceSpec), weight: 12 },
  { arbitrary: operation('setService', serviceSpec), weight: 10 },
  { arbitrary: operation('removeService', serviceRef), weight: 2 },
  { arbitrary: operation('getService', serviceRef), weight: 1 },
  { arbitrary: operationOf('addDestination', pairWithSpec), weight: 30 },
  { arbitrary: operationOf('setDestination', pairWithSpec), weight: 12 },
  {
    arbitrary: operationOf(
      'updateDestination',
      fc.tuple(pair, destinationSettings).map(([keys, changes]) => [...keys, changes]),
    ),
    weight: 15,
  },
  { arbitrary: operationOf('removeDestination', pair), weight: 8 },
  { arbitrary: operation('listDestinations', serviceRef), weight: 1 },
  {
    arbitrary: operation(
      'setTimeouts',
      some({ tcp: fc.nat(3), tcpFin: fc.nat(3), udp: fc.nat(3) }),
    ),
    weight: 2,
  },
  { arbitrary: operation('timeouts'), weight: 1 },
  { arbitrary: operationOf('setSysctl', setting), weight: 2 },
  { arbitrary: operation('ensureDummy', device), weight: 4 },
  { arbitrary: operation('removeDummy', device), weight: 1 },
  { arbitrary: operation('getDevice', device), weight: 1 },
  { arbitrary: operation('bindAddress', device, bindable), weight: 5 },
  { arbitrary: operation('unbindAddress', device, bindable), weight: 2 },
  { arbitrary: operation('listAddresses'), weight: 2 },
);

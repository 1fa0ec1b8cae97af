import fc from 'fast-check';
import { formatAddress } from '#lib/model/address.js';
import type { CompleteServiceKey } from '#lib/model/service-id.js';

type Family = 'ipv4' | 'ipv6';

export const family = fc.constantFrom<Family>('ipv4', 'ipv6');

export const port = fc.oneof(fc.constantFrom(0, 1, 80, 65535), fc.nat(65535));

/** Any canonical address of the family, those with long runs of zeros among them. */
export function addressOf(family: Family): fc.Arbitrary<string> {
  const byte = fc.oneof(fc.constant(0), fc.nat(255));
  const length = family === 'ipv4' ? 4 : 16;
  return fc
    .array(byte, { minLength: length, maxLength: length })
    .map((bytes) => formatAddress(Uint8Array.from(bytes), family));
}

const protocol = fc.oneof(fc.constantFrom(6, 17, 132), fc.nat(65535));

/** Any key the kernel can hold. */
export const completeServiceKey: fc.Arbitrary<CompleteServiceKey> = family.chain((family) =>
  fc.oneof(
    fc.record({
      kind: fc.constant('address' as const),
      protocol,
      family: fc.constant(family),
      address: addressOf(family),
      port,
    }),
    fc.record({
      kind: fc.constant('fwmark' as const),
      fwmark: fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 0xffffffff })),
      family: fc.constant(family),
    }),
  ),
);

const serviceAddress = fc.oneof(
  fc.constantFrom('10.0.0.1', '192.0.2.255', 'fd09::1', '2001:DB8:0::1', '::ffff:10.0.0.1'),
  addressOf('ipv4').filter((text) => /^(?:[1-9]|1?\d\d|20\d)\./.test(text)),
);

const identity = fc.oneof(
  fc.record({
    protocol: fc.constantFrom<unknown>('tcp', 'UDP', 'sctp', 6, 17, 132),
    address: serviceAddress,
    port: fc.integer({ min: 1, max: 65535 }),
  }),
  fc.record(
    { fwmark: fc.integer({ min: 1, max: 0xffffffff }), family },
    { requiredKeys: ['fwmark'] },
  ),
);

const scheduling = fc.oneof(
  fc.record({ scheduler: fc.constantFrom('rr', 'wlc', 'my_own-2') }, { requiredKeys: [] }),
  fc.record({
    scheduler: fc.constant('sh'),
    schedulerFlags: fc.subarray(['sh-port', 'flag-1', 'sh-fallback', 'flag-3']),
  }),
  fc.record({
    scheduler: fc.constant('mh'),
    schedulerFlags: fc.subarray(['mh-port', 'flag-1', 'mh-fallback', 'flag-2']),
  }),
  fc.record({ schedulerFlags: fc.subarray(['flag-3', 'flag-1', 'flag-2']) }),
);

const persistence = fc.oneof(
  fc.boolean(),
  fc.record(
    {
      timeout: fc.integer({ min: 1, max: 2_678_400 }),
      netmask: fc.integer({ min: 1, max: 32 }),
      engine: fc.constantFrom('own', 'x'),
    },
    { requiredKeys: [] },
  ),
);

/** Any service a caller may ask for. */
export const serviceSpec = fc
  .tuple(
    identity,
    scheduling,
    fc.record({ persistence, onePacket: fc.constant(false) }, { requiredKeys: [] }),
  )
  .map(([identity, scheduling, rest]) => ({ ...identity, ...scheduling, ...rest }));

const tunnel = fc.oneof(
  fc.record(
    { type: fc.constantFrom('ipip', 'gre'), checksum: fc.constantFrom('none', 'full') },
    { requiredKeys: [] },
  ),
  fc.record(
    {
      type: fc.constant('gue'),
      port: fc.integer({ min: 1, max: 65535 }),
      checksum: fc.constantFrom('none', 'full', 'remote'),
    },
    { requiredKeys: ['type', 'port'] },
  ),
);

const forwarding = fc.oneof(
  fc.record({ forward: fc.constantFrom('masquerade', 'nat', 'm'), port }, { requiredKeys: [] }),
  fc.record({ forward: fc.constantFrom('direct', 'dr') }),
  fc.record({ forward: fc.constantFrom('tunnel', 'i'), tunnel }, { requiredKeys: ['forward'] }),
);

/** Any destination a caller may ask for on an IPv4 service. */
export const destinationSpec = fc
  .tuple(
    serviceAddress.filter((address) => !address.includes(':')),
    forwarding,
    fc.record({ weight: fc.nat(), upperThreshold: fc.nat() }, { requiredKeys: [] }),
    fc.nat(),
  )
  .map(([address, forwarding, rest, lower]) => {
    const { upperThreshold } = rest;
    const lowerThreshold =
      upperThreshold === undefined ? {} : { lowerThreshold: lower % (upperThreshold + 1) };
    return { address, ...forwarding, ...rest, ...lowerThreshold };
  });

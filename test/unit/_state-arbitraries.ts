import fc from 'fast-check';
import type { DestinationSpec, Document } from 'ipvs';

/** Few addresses and few ports, so that two states have much in common. */
const keys = [
  { protocol: 'tcp', address: '10.9.0.1', port: 80 },
  { protocol: 'tcp', address: '10.9.0.1', port: 443 },
  { protocol: 'udp', address: '10.9.0.2', port: 53 },
  { protocol: 'sctp', address: '10.9.0.3', port: 36 },
  { protocol: 'tcp', address: 'fd09::1', port: 80 },
  { fwmark: 7 },
  { fwmark: 7, family: 'ipv6' },
] as const;

const settings = fc.record(
  {
    scheduler: fc.constantFrom('rr', 'wlc', 'sh', 'mh', 'dh'),
    persistence: fc.constantFrom(true, false, { timeout: 60 }),
    drain: fc.record(
      {
        mode: fc.constantFrom('wait', 'immediate'),
        until: fc.constantFrom('idle', 'no-active'),
        deadline: fc.constantFrom('0s', '5s', '300s'),
        udp: fc.constantFrom('immediate', 'wait'),
        hash: fc.constantFrom('fallback', 'refuse', 'immediate'),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

const destination = fc.record(
  {
    weight: fc.integer({ min: 0, max: 3 }),
    forward: fc.constantFrom('masquerade', 'tunnel', 'direct'),
    upperThreshold: fc.constantFrom(0, 100),
  },
  { requiredKeys: [] },
);

const family = (key: (typeof keys)[number]) =>
  'fwmark' in key
    ? 'family' in key
      ? 'ipv6'
      : 'ipv4'
    : key.address.includes(':')
      ? 'ipv6'
      : 'ipv4';

function destinationsOf(key: (typeof keys)[number]) {
  const addresses =
    family(key) === 'ipv6'
      ? ['fd02::1', 'fd02::2', 'fd02::3']
      : ['10.2.0.1', '10.2.0.2', '10.2.0.3'];
  return fc
    .tuple(fc.shuffledSubarray(addresses), fc.array(destination, { minLength: 3, maxLength: 3 }))
    .map(([chosen, specs]) =>
      chosen.map((address, index): DestinationSpec => ({ address, ...specs[index] })),
    );
}

const entries = keys.map((key) =>
  fc
    .tuple(settings, destinationsOf(key))
    .map(([settings, destinations]) => ({ ...key, ...settings, destinations })),
);

/** Services of a small world; two of them overlap more often than not. */
export const someServices: fc.Arbitrary<Document['services']> = fc
  .tuple(fc.shuffledSubarray([...keys.keys()]), fc.tuple(...entries))
  .map(([chosen, all]) => chosen.map((index) => all[index] as Document['services'][number]));

/** The same services, in another order. */
export const twoOrders = someServices.chain((services) =>
  fc
    .shuffledSubarray([...services], { minLength: services.length })
    .map((shuffled): [Document['services'], Document['services']] => [
      services,
      shuffled.map((service) =>
        'destinations' in service
          ? { ...service, destinations: [...(service.destinations ?? [])].reverse() }
          : service,
      ) as Document['services'],
    ]),
);

// The tables of the soak: two parts of a namespace that documents are about, and services that are nobody's business.
import type { DestinationSpec, Document, Ipvs, Scope, ServiceEntry, ServiceSpec } from 'ipvs';
import { ipvsadm } from '../programs.js';
import { Random } from './random.js';

/** A part of the table, by the second number of its services' addresses. */
export type Part = 20 | 21;

export const parts: readonly Part[] = [20, 21];

const services = 24;
const destinations = 10;
const schedulers = ['rr', 'wrr', 'lc', 'wlc', 'sed', 'sh'] as const;

/** What a document about a part may touch. */
export function scopeOf(part: Part): Scope {
  return { mode: 'selected', include: [{ cidr: `10.${part}.0.0/16` }] };
}

/**
 * A service that may be in a part, with settings by chance. There are few identities: the kernel remembers for minutes
 * every destination that was removed, and searches what it remembers.
 */
export function randomService(part: Part, index: number, random: Random): ServiceSpec {
  return {
    protocol: index % 3 === 2 ? 'udp' : 'tcp',
    address: `10.${part}.0.${(index >> 1) + 1}`,
    port: index % 2 === 0 ? 80 : 443,
    scheduler: random.pick(schedulers),
    ...(random.chance(0.2) && { persistence: { timeout: 60 + random.below(600), netmask: 24 } }),
  };
}

/** The number of a service by chance. */
export function randomIndex(random: Random): number {
  return random.below(services);
}

/** A destination that a service may have. */
export function randomDestination(index: number, random: Random): DestinationSpec {
  return {
    address: `10.90.0.${index + 1}`,
    port: 8080,
    weight: random.below(10),
    ...(random.chance(0.2) && { upperThreshold: 100 + random.below(100) }),
  };
}

export function randomDestinationIndex(random: Random): number {
  return random.below(destinations);
}

/** A document about a part, the same for the same seed. */
export function randomDocument(part: Part, seed: number): Document {
  const random = new Random(seed);
  const entries: ServiceEntry[] = [];
  for (let index = 0; index < services; index += 1) {
    if (random.chance(0.3)) continue;
    const spec = randomService(part, index, random);
    const chosen = Array.from({ length: destinations }, (_, each) => each).filter(() =>
      random.chance(0.5),
    );
    entries.push({
      ...(spec as ServiceEntry),
      destinations: chosen.map((each) => randomDestination(each, random)),
    });
  }
  return { version: 1, services: entries };
}

/** Adds services that no document is about. */
export async function addForeign(ipvs: Ipvs): Promise<void> {
  const random = new Random(7);
  const specs: ServiceSpec[] = [
    ...Array.from({ length: 8 }, (_, index) => ({
      ...randomService(20, index, random),
      address: `10.30.0.${index + 1}`,
    })),
    { fwmark: 77, scheduler: 'wrr' },
  ];
  await Promise.all(
    specs.flatMap((spec) => [
      ipvs.addService(spec),
      ...[0, 1, 2].map((each) =>
        ipvs.addDestination(spec, { ...randomDestination(each, random), weight: each + 1 }),
      ),
    ]),
  );
}

/** The rules of what no document is about, as `ipvsadm` reads them. */
export async function foreignRules(namespace: string): Promise<string> {
  const rules = (await ipvsadm(['-Sn'], namespace)).split('\n');
  const isForeign = (rule: string) => !/ -[tu] 10\.2[01]\./.test(rule);
  return rules.filter(isForeign).join('\n');
}

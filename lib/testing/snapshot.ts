import { isDeepStrictEqual } from 'node:util';
import type { ObservedDestination } from '../../types/destination.js';
import type { ObservedService } from '../../types/service.js';
import type { ServiceSnapshot, Snapshot } from '../../types/snapshot.js';
import { compareDestinationKeys } from '../model/destination-id.js';
import { type CompleteServiceKey, compareServiceKeys, keyOfService } from '../model/service-id.js';

/** How often the table is read before it counts as changing all the time. */
const attempts = 3;

/** The kernel's lists, each in the kernel's order. */
export interface Dumps {
  services(): Promise<ObservedService[]>;
  /** Empty for a service that is not there. */
  destinations(service: ObservedService): Promise<ObservedDestination[]>;
}

/**
 * Reads the services, the destinations of each, and the services again, until both lists of services are the same, at most
 * three times. A service that was gone at the end is left out.
 */
export async function takeSnapshot(
  dumps: Dumps,
): Promise<Pick<Snapshot, 'services' | 'consistent'>> {
  for (let attempt = 1; ; attempt += 1) {
    const before = await dumps.services();
    const services: ServiceSnapshot[] = [];
    for (const service of before) {
      const destinations = (await dumps.destinations(service)).sort(compareDestinationKeys);
      services.push({ ...service, destinations });
    }
    const after = await dumps.services();
    const consistent = isSame(before, after);
    if (!consistent && attempt < attempts) continue;
    const stayed = new Set(after.map(({ id }) => id));
    return { services: inOrder(services.filter(({ id }) => stayed.has(id))), consistent };
  }
}

/** Whether both lists have the same services with the same settings, in whatever order. */
function isSame(before: readonly ObservedService[], after: readonly ObservedService[]): boolean {
  return isDeepStrictEqual(settingsById(before), settingsById(after));
}

function settingsById(services: readonly ObservedService[]): ReadonlyMap<string, object> {
  return new Map(services.map(({ stats: _, ...settings }) => [settings.id, settings]));
}

function inOrder(services: readonly ServiceSnapshot[]): ServiceSnapshot[] {
  const keyed = services.map((service): [CompleteServiceKey, ServiceSnapshot] => [
    keyOfService(service),
    service,
  ]);
  keyed.sort(([one], [other]) => compareServiceKeys(one, other));
  return keyed.map(([, service]) => service);
}

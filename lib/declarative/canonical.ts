import type { Address } from '../../types/address.js';
import type { Destination } from '../../types/destination.js';
import type { ServiceId } from '../../types/service.js';
import { compareDestinationKeys } from '../model/destination-id.js';
import { protocolName } from '../model/protocol.js';
import { parseServiceId, type ServiceIdentity } from '../model/service-id.js';

/** The identity that an id stands for. */
export function identityOf(id: ServiceId): ServiceIdentity {
  const key = parseServiceId(id);
  if (key.kind === 'fwmark') return { fwmark: key.fwmark, family: key.family };
  const { protocol, address, port } = key;
  return { protocol: protocolName(protocol), address, port };
}

/** Destinations in canonical order; the same array where it is so already, as what is read or normalized is. */
export function inCanonicalOrder<Kind extends Destination>(
  destinations: readonly Kind[],
): readonly Kind[] {
  for (let index = 1; index < destinations.length; index += 1) {
    const [first, second] = [destinations[index - 1] as Kind, destinations[index] as Kind];
    if (compareDestinationKeys(first, second) > 0) {
      return destinations.toSorted(compareDestinationKeys);
    }
  }
  return destinations;
}

/** The addresses of services, each once; a mark has none. */
export function addressesOf(services: readonly ServiceIdentity[]): Set<Address> {
  const addresses = new Set<Address>();
  for (const service of services) if (!('fwmark' in service)) addresses.add(service.address);
  return addresses;
}

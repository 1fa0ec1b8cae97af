import type { Address, Family } from '../../types/address.js';
import type { Destination } from '../../types/destination.js';
import type {
  AddressServiceKey,
  FwmarkServiceKey,
  Service,
  ServiceId,
} from '../../types/service.js';
import { familyOf } from '../model/address.js';
import { compareDestinationKeys } from '../model/destination-id.js';
import type { Mutable } from '../model/fields.js';
import { protocolName } from '../model/protocol.js';
import { parseServiceId } from '../model/service-id.js';

/** A service's settings and identity alone: no counters, no destinations, no labels. */
export function serviceOf(source: Service): Service {
  const { scheduler, schedulerFlags, onePacket, persistence } = source;
  const service: Mutable<Service> =
    'fwmark' in source
      ? { fwmark: source.fwmark, family: source.family, scheduler, schedulerFlags, onePacket }
      : {
          protocol: source.protocol,
          address: source.address,
          port: source.port,
          scheduler,
          schedulerFlags,
          onePacket,
        };
  if (persistence !== undefined) service.persistence = persistence;
  return service;
}

/** A destination's settings and identity alone. */
export function destinationOf(source: Destination): Destination {
  const { address, port, forward, weight, upperThreshold, lowerThreshold, tunnel } = source;
  const destination: Mutable<Destination> = {
    address,
    port,
    forward,
    weight,
    upperThreshold,
    lowerThreshold,
  };
  if (tunnel !== undefined) destination.tunnel = tunnel;
  return destination;
}

/** What of a service is its identity. */
export type ServiceIdentity = AddressServiceKey | Required<FwmarkServiceKey>;

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

/** The family of a service. */
export function serviceFamily(service: ServiceIdentity): Family {
  return 'fwmark' in service ? service.family : familyOf(service.address);
}

/** The addresses of services, each once; a mark has none. */
export function addressesOf(services: readonly ServiceIdentity[]): Set<Address> {
  const addresses = new Set<Address>();
  for (const service of services) if (!('fwmark' in service)) addresses.add(service.address);
  return addresses;
}

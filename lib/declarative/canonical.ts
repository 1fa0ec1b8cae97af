import type { Family } from '../../types/address.js';
import type { Destination } from '../../types/destination.js';
import type { Service } from '../../types/service.js';
import { familyOf } from '../model/address.js';
import type { Mutable } from '../model/fields.js';

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

/** The family of a service. */
export function serviceFamily(service: Service): Family {
  return 'fwmark' in service ? service.family : familyOf(service.address);
}

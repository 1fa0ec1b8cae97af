import type { ObservedDestination } from '../../types/destination.js';
import type { ObservedService } from '../../types/service.js';
import { serviceFamily } from '../model/service-id.js';
import type { Labels } from './samples.js';

/** What tells a service from all others: its address and port, or its mark; never both. */
export function labelsOfService(service: ObservedService, name: string | undefined): Labels {
  const identity =
    'fwmark' in service
      ? { fwmark: String(service.fwmark) }
      : {
          protocol: service.protocol,
          virtual_address: service.address,
          virtual_port: String(service.port),
        };
  return {
    family: serviceFamily(service),
    ...identity,
    ...(name === undefined ? undefined : { service_name: name }),
  };
}

/** What tells a destination from all others, of other services, too. */
export function labelsOfDestination(
  ofService: Labels,
  { address, port }: ObservedDestination,
): Labels {
  return { ...ofService, destination_address: address, destination_port: String(port) };
}

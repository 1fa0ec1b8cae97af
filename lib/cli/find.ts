import type { ObservedDestination } from '../../types/destination.js';
import type { ObservedService, ServiceId } from '../../types/service.js';
import type { Ipvs } from '../kernel/ipvs.js';
import { formatDestinationId, resolveDestinationRef } from '../model/destination-id.js';
import { formatServiceId, parseServiceId } from '../model/service-id.js';

/** The service that an argument names; one that is not there is an error. */
export async function requireService(
  ipvs: Pick<Ipvs, 'getService'>,
  name: string,
): Promise<ObservedService> {
  const service = await ipvs.getService(name);
  if (service === undefined) throw new Error(`there is no service ${name}`);
  return service;
}

/** A destination that is there, and the service that it is in. */
export interface FoundDestination {
  readonly service: ServiceId;
  readonly found: ObservedDestination;
}

/** Finds the destination that two arguments name; one that is not there is an error. */
export async function findDestination(
  ipvs: Pick<Ipvs, 'listDestinations'>,
  service: string,
  destination: string,
): Promise<FoundDestination> {
  const key = parseServiceId(service);
  const id = formatDestinationId(resolveDestinationRef(destination, key));
  const found = (await ipvs.listDestinations(service)).find((each) => each.id === id);
  if (found === undefined)
    throw new Error(`service ${formatServiceId(key)} has no destination ${id}`);
  return { service: formatServiceId(key), found };
}

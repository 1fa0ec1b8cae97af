import type { DesiredDestination, DesiredService, DesiredState } from '../../../types/document.js';
import type { ServiceSnapshot, Snapshot } from '../../../types/snapshot.js';
import { destinationOf } from '../../model/destination.js';
import { compareDestinationKeys } from '../../model/destination-id.js';

/** The state with the destinations that its services have besides, so that none of them is taken away. */
export function keepDestinations(state: DesiredState, snapshot: Snapshot): DesiredState {
  const present = new Map(snapshot.services.map((service) => [service.id, service]));
  const services = state.services.map((service) => {
    const actual = present.get(service.id);
    return actual === undefined ? service : withOthers(service, actual);
  });
  return { ...state, services };
}

function withOthers(service: DesiredService, actual: ServiceSnapshot): DesiredService {
  const named = new Set(service.destinations.map(({ id }) => id));
  const others = actual.destinations
    .filter(({ id }) => !named.has(id))
    .map(
      (destination): DesiredDestination => ({ ...destinationOf(destination), id: destination.id }),
    );
  if (others.length === 0) return service;
  const destinations = [...service.destinations, ...others].sort(compareDestinationKeys);
  return { ...service, destinations };
}

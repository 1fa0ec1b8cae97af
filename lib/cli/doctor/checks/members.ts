import type { ObservedDestination } from '../../../../types/destination.js';
import type { ServiceSnapshot } from '../../../../types/snapshot.js';

/** A destination with the service that it belongs to. */
export interface Member {
  readonly service: ServiceSnapshot;
  readonly destination: ObservedDestination;
  /** What it is called. */
  readonly subject: string;
}

/** Every destination of every service. */
export function membersOf(services: readonly ServiceSnapshot[]): Member[] {
  return services.flatMap((service) =>
    service.destinations.map((destination) => ({
      service,
      destination,
      subject: `${service.id} -> ${destination.id}`,
    })),
  );
}

/** Members by the address of the destination: what is wrong with one is wrong with all. */
export function byAddress(members: readonly Member[]): ReadonlyMap<string, readonly Member[]> {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    const { address } = member.destination;
    const group = groups.get(address);
    if (group === undefined) groups.set(address, [member]);
    else group.push(member);
  }
  return groups;
}

/** Names of a few services, and how many more there are. */
export function nameServices(services: readonly ServiceSnapshot[]): string {
  const ids = [...new Set(services.map(({ id }) => id))];
  const more = ids.length - 3;
  return `${ids.slice(0, 3).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The same of the services that members belong to. */
export function nameMembers(members: readonly Member[]): string {
  return nameServices(members.map(({ service }) => service));
}

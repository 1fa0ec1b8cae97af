import type { ObservedDestination } from '../../types/destination.js';
import type { ServiceSnapshot } from '../../types/snapshot.js';
import type { Counters, Rates } from '../../types/stats.js';

/** A column of numbers: of services, and of their destinations. */
export interface Figures {
  readonly title: string;
  readonly ofService: (service: ServiceSnapshot) => number | bigint;
  readonly ofDestination: (destination: ObservedDestination) => number | bigint;
}

/** What the destinations of a service have together. */
export function summed(
  title: string,
  ofDestination: (destination: ObservedDestination) => number,
): Figures {
  return {
    title,
    ofDestination,
    ofService: ({ destinations }) =>
      destinations.reduce((sum, destination) => sum + ofDestination(destination), 0),
  };
}

/** A rate that the kernel keeps, per second. */
export function rate(title: string, field: keyof Rates): Figures {
  const read = ({ stats }: ServiceSnapshot | ObservedDestination) => stats.rates[field];
  return { title, ofService: read, ofDestination: read };
}

/** A counter of the kernel. */
export function counted(title: string, field: keyof Counters): Figures {
  const read = ({ stats }: ServiceSnapshot | ObservedDestination) => stats[field];
  return { title, ofService: read, ofDestination: read };
}

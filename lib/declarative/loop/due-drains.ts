import type { Backend } from '../../../types/backend.js';
import type { ObservedDestination } from '../../../types/destination.js';
import type { DesiredState, DrainPolicy } from '../../../types/document.js';
import type { DrainRecord } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import { refusalOf } from '../apply/failures.js';
import { completeDrainPolicy } from '../document/drain-policy.js';

/** Looks at what drains, and at nothing else, to see whether there is something to do about it. */
export async function isDrainDue(
  backend: Backend,
  records: readonly DrainRecord[],
  desired: DesiredState,
  policy: DrainPolicy | undefined,
  now: number,
): Promise<boolean> {
  if (records.some(({ deadlineAt }) => now >= deadlineAt)) return true;
  const services = new Set(records.map(({ service }) => service));
  const declared = new Map(desired.services.map((service) => [service.id, service]));
  const due = await Promise.all(
    [...services].map(async (id) => {
      const destinations = await destinationsOf(backend, id);
      const service = declared.get(id);
      const { until } = completeDrainPolicy(service?.drain, policy);
      const open = (destination: ObservedDestination) =>
        destination.activeConnections + (until === 'idle' ? destination.inactiveConnections : 0);
      // A service that goes waits for all its destinations.
      if (service === undefined) return destinations.every((each) => open(each) === 0);
      const own = records.filter((record) => record.service === id);
      return own.some(({ destination }) => {
        const present = destinations.find((each) => each.id === destination);
        return present === undefined || present.weight > 0 || open(present) === 0;
      });
    }),
  );
  return due.includes(true);
}

async function destinationsOf(backend: Backend, id: ServiceId): Promise<ObservedDestination[]> {
  try {
    return await backend.listDestinations(id);
  } catch (error) {
    if (refusalOf(error)?.code === 'ESRCH') return [];
    throw error;
  }
}

import type { Backend } from '../../../types/backend.js';
import type { CallOptions } from '../../../types/config.js';
import type { Plan } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import type { ServiceSnapshot, Snapshot } from '../../../types/snapshot.js';
import { listDestinations } from './list-destinations.js';

/** Up to this many services are read one by one, more along with all others. */
const fewServices = 64;

/** What a plan is about. */
export interface Touched {
  readonly services: ReadonlySet<ServiceId>;
  /** Whether it is about more than services: settings or virtual addresses. */
  readonly more: boolean;
}

export function touchedBy({ operations }: Plan): Touched {
  const services = new Set<ServiceId>();
  let more = false;
  let last: ServiceId | undefined;
  for (const { service } of operations) {
    if (service === undefined) more = true;
    else if (service !== last) services.add(service);
    last = service;
  }
  return { services, more };
}

/** Reads as much of what is there as it takes to plan again for what is touched. */
export async function readTouched(
  backend: Backend,
  plan: Plan,
  { services, more }: Touched,
): Promise<Snapshot> {
  if (more) return readAll(backend, plan);
  if (services.size > fewServices) {
    return backend.snapshot({ settings: false, addresses: false, lazy: true });
  }
  const read = await Promise.all([...services].map((id) => readService(backend, id)));
  const present = read.flatMap((service) => service ?? []);
  // Warnings look at the sysctls; those of the plan were given when it was made.
  return { services: present, consistent: true };
}

function readAll(backend: Backend, { desired: { vips } }: Plan): Promise<Snapshot> {
  return backend.snapshot({ addresses: vips !== undefined, lazy: true });
}

/** Reads one service; `undefined` when it is not there. */
export async function readService(
  backend: Backend,
  id: ServiceId,
  options?: CallOptions,
): Promise<ServiceSnapshot | undefined> {
  const [service, destinations] = await Promise.all([
    backend.getService(id, options),
    listDestinations(backend, id, options),
  ]);
  if (service === undefined || destinations === undefined) return undefined;
  return { ...service, destinations };
}

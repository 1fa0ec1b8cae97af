import type { Backend } from '../../../types/backend.js';
import type { DesiredService } from '../../../types/document.js';
import type { Plan } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import type { ServiceSnapshot, Snapshot } from '../../../types/snapshot.js';
import { refusalOf } from './failures.js';

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
  for (const { service } of operations) {
    if (service === undefined) more = true;
    else services.add(service);
  }
  return { services, more };
}

/** Reads as much of what is there as it takes to plan again for what is touched. */
export async function readTouched(
  backend: Backend,
  plan: Plan,
  { services, more }: Touched,
  signal: AbortSignal | undefined,
): Promise<Snapshot> {
  const options = signal === undefined ? {} : { signal };
  if (more) return readAll(backend, plan, options);
  if (services.size > fewServices) {
    return backend.snapshot({ ...options, settings: false, addresses: false });
  }
  const read = await Promise.all([...services].map((id) => readService(backend, id, options)));
  const present = read.flatMap((service) => service ?? []);
  // Warnings look at the sysctls; those of the plan were given when it was made.
  return { services: present, consistent: true };
}

function readAll(
  backend: Backend,
  { desired: { vips } }: Plan,
  options: { readonly signal?: AbortSignal },
): Promise<Snapshot> {
  return backend.snapshot({
    ...options,
    addresses: vips !== undefined,
    ...(vips === undefined ? {} : { devices: [vips.device] }),
  });
}

async function readService(
  backend: Backend,
  id: ServiceId,
  options: { readonly signal?: AbortSignal },
): Promise<ServiceSnapshot | undefined> {
  const [service, destinations] = await Promise.all([
    backend.getService(id, options),
    backend.listDestinations(id, options).catch((error: unknown) => {
      if (refusalOf(error)?.code === 'ESRCH') return undefined;
      throw error;
    }),
  ]);
  if (service === undefined || destinations === undefined) return undefined;
  return { ...service, destinations };
}

/** The declared services by their ids. */
export function declaredServices({ desired }: Plan): ReadonlyMap<ServiceId, DesiredService> {
  return new Map(desired.services.map((service) => [service.id, service]));
}

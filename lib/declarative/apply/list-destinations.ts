import type { Backend } from '../../../types/backend.js';
import type { CallOptions } from '../../../types/config.js';
import type { ObservedDestination } from '../../../types/destination.js';
import type { ServiceId } from '../../../types/service.js';
import { refusalOf } from './failures.js';

/** The destinations of a service; `undefined` when there is no such service. */
export async function listDestinations(
  backend: Backend,
  service: ServiceId,
  options?: CallOptions,
): Promise<ObservedDestination[] | undefined> {
  try {
    return await backend.listDestinations(service, options);
  } catch (error) {
    if (refusalOf(error)?.code === 'ESRCH') return undefined;
    throw error;
  }
}

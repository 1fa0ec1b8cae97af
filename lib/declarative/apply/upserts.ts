import type { Backend } from '../../../types/backend.js';
import type { DestinationSpec } from '../../../types/destination.js';
import type { ServiceId, ServiceSpec } from '../../../types/service.js';
import { refusalFrom } from './failures.js';

/** How often something may come and go under the hands of another program. */
export const turns = 5;

/** Has a service be as it should, whether it is there or not. It rejects with `ESRCH` when another program keeps removing it. */
export async function upsertService(backend: Backend, service: ServiceSpec): Promise<void> {
  await upsert(
    () => backend.addService(service),
    () => backend.setService(service),
    'ESRCH',
  );
}

/** Has a destination be as it should, whether it is there or not. Its service must be: else it rejects with `ESRCH`. */
export async function upsertDestination(
  backend: Backend,
  service: ServiceId,
  destination: DestinationSpec,
): Promise<void> {
  await upsert(
    () => backend.addDestination(service, destination),
    () => backend.setDestination(service, destination),
    'ENOENT',
  );
}

async function upsert(
  add: () => Promise<void>,
  set: () => Promise<void>,
  gone: string,
): Promise<void> {
  for (let turn = 1; ; turn += 1) {
    const present = await refusalFrom(add());
    if (present === undefined) return;
    if (present.code !== 'EEXIST') throw present.error;
    const absent = await refusalFrom(set());
    if (absent === undefined) return;
    if (absent.code !== gone || turn === turns) throw absent.error;
  }
}

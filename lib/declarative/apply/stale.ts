import type { Plan } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import type { Snapshot } from '../../../types/snapshot.js';
import { fingerprintOf } from '../fingerprint.js';

/** The services that are no longer as they were when the plan was made, each with what became of it. */
export function staleServices({ basis }: Plan, actual: Snapshot): string[] {
  const present = new Map(actual.services.map((service) => [service.id, service]));
  const stale: string[] = [];
  for (const id of Object.keys(basis.services) as ServiceId[]) {
    const before = basis.services[id] ?? null;
    const service = present.get(id);
    const now = service === undefined ? null : fingerprintOf(service);
    if (before === now) continue;
    if (before === null) stale.push(`${id} is there now`);
    else stale.push(now === null ? `${id} is gone` : `${id} has changed`);
  }
  return stale;
}

import type { DesiredService } from '../../../types/document.js';
import type { HealthView, Plan } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';

/** What should be, as far as the reactions to other programs need it. */
export interface Wanted {
  /** A service with the destinations that it should have now; `undefined` for one that should not be there. */
  service(id: ServiceId): DesiredService | undefined;
  /** Whether the device of virtual addresses may be made. */
  readonly makesDevice: boolean;
}

/** What a plan is to bring about. */
export function wantedOf({ desired }: Plan, health?: HealthView): Wanted {
  // Nearly always nobody asks.
  let declared: ReadonlyMap<ServiceId, DesiredService> | undefined;
  return {
    service(id) {
      declared ??= new Map(desired.services.map((service) => [service.id, service]));
      const service = declared.get(id);
      return service === undefined ? undefined : (health?.effective(service) ?? service);
    },
    makesDevice: desired.vips?.create ?? true,
  };
}

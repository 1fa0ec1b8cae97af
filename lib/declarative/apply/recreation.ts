import type { Backend } from '../../../types/backend.js';
import type { DestinationSpec } from '../../../types/destination.js';
import type { DesiredDestination } from '../../../types/document.js';
import type { Service, ServiceId, ServiceSpec } from '../../../types/service.js';
import { serviceOf } from '../../model/service.js';
import { refusalFrom } from './failures.js';
import { inFlight } from './in-flight.js';
import { turns, upsertDestination, upsertService } from './upserts.js';
import type { Wanted } from './wanted.js';

/** Makes services again that another program removed. */
export class Recreation {
  readonly #backend: Backend;
  readonly #wanted: Wanted;
  /** Several operations find out at once that their service is gone. */
  readonly #underWay = new Map<ServiceId, Promise<boolean>>();

  constructor(backend: Backend, wanted: Wanted) {
    this.#backend = backend;
    this.#wanted = wanted;
  }

  /** Whether the service should be there at all. */
  isWanted(id: ServiceId): boolean {
    return this.#wanted.service(id) !== undefined;
  }

  /**
   * Makes the service with all the destinations that it should have; `settings` where others than those are meant for
   * now. Says whether it was there at the end: another program may keep removing it.
   */
  recreate(id: ServiceId, settings?: Service): Promise<boolean> {
    let recreating = this.#underWay.get(id);
    if (recreating === undefined) {
      recreating = this.#createInTurns(id, settings).finally(() => this.#underWay.delete(id));
      this.#underWay.set(id, recreating);
    }
    return recreating;
  }

  async #createInTurns(id: ServiceId, settings: Service | undefined): Promise<boolean> {
    for (let turn = 1; turn <= turns; turn += 1) {
      const refusal = await refusalFrom(this.#create(id, settings));
      if (refusal === undefined) return true;
      if (refusal.code !== 'ESRCH') throw refusal.error;
    }
    return false;
  }

  async #create(id: ServiceId, settings: Service | undefined): Promise<void> {
    const wanted = this.#wanted.service(id);
    const service = settings ?? (wanted && serviceOf(wanted));
    if (service === undefined) return;
    await upsertService(this.#backend, service as ServiceSpec);
    await inFlight(wanted?.destinations ?? [], (destination) =>
      upsertDestination(this.#backend, id, specOf(destination)),
    );
  }
}

function specOf({ id: _id, ...destination }: DesiredDestination): DestinationSpec {
  return destination as DestinationSpec;
}

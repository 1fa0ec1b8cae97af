import type { Change } from '../../../types/plan.js';
import type { Service, ServiceId } from '../../../types/service.js';
import { additionOf } from './destinations.js';
import { type Draft, noFields } from './draft.js';

/** A service that is to be made: there can be very many, and often nobody reads of them. */
export class Creation {
  readonly #service: ServiceId;
  readonly #after: Service;
  readonly #additions: readonly Draft[];

  /** `additions` are those of its destinations. */
  constructor(service: ServiceId, after: Service, additions: readonly Draft[]) {
    this.#service = service;
    this.#after = after;
    this.#additions = additions;
  }

  /** What it comes to, for people to read. */
  change(): Change {
    const [service, after] = [this.#service, this.#after];
    const destinations = this.#additions.map(additionOf);
    return {
      kind: 'service',
      change: 'add',
      service,
      before: null,
      after,
      fields: noFields,
      destinations,
    };
  }
}

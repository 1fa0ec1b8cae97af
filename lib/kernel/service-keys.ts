import type { ServiceRef } from '../../types/service.js';
import { type CompleteServiceKey, resolveServiceRef } from '../model/service-id.js';

/** Reads what names a service. Calls come in runs about one service, whose name is read once. */
export class ServiceKeys {
  #text: string | undefined;
  #key: CompleteServiceKey | undefined;

  /** As {@link resolveServiceRef}. */
  resolve(service: ServiceRef): CompleteServiceKey {
    if (typeof service !== 'string') return resolveServiceRef(service);
    if (this.#key !== undefined && this.#text === service) return this.#key;
    const key = resolveServiceRef(service);
    this.#text = service;
    this.#key = key;
    return key;
  }
}

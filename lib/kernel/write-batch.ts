import type { DestinationId, DestinationSpec } from '../../types/destination.js';
import type { ServiceId, ServiceSpec } from '../../types/service.js';
import { DestinationRequests } from './destination-requests.js';
import type { Failures, WriteRequest } from './request.js';
import { ServiceRequests } from './service-requests.js';
import type { Session } from './session.js';

/**
 * Calls that are made together and answered together: what the calls of the same names do, without a promise for each. Every
 * method throws what its call rejects with before anything is sent, and nothing is added then. Services with an
 * engine are not for a batch: why such a one is refused takes another request to find out.
 */
export class WriteBatch {
  readonly #session: Session;
  readonly #services: ServiceRequests;
  readonly #destinations: DestinationRequests;
  #requests: WriteRequest[] = [];

  constructor(session: Session) {
    this.#session = session;
    this.#services = new ServiceRequests(session);
    this.#destinations = new DestinationRequests(session);
  }

  addService(spec: ServiceSpec): void {
    this.#requests.push(this.#services.write('add-service', 'addService', spec));
  }

  setService(spec: ServiceSpec): void {
    this.#requests.push(this.#services.write('set-service', 'setService', spec));
  }

  removeService(service: ServiceId): void {
    this.#requests.push(this.#services.remove(service));
  }

  addDestination(service: ServiceId, spec: DestinationSpec): void {
    const destinations = this.#destinations;
    this.#requests.push(destinations.write('add-destination', 'addDestination', service, spec));
  }

  setDestination(service: ServiceId, spec: DestinationSpec): void {
    const destinations = this.#destinations;
    this.#requests.push(destinations.write('set-destination', 'setDestination', service, spec));
  }

  removeDestination(service: ServiceId, destination: DestinationId): void {
    this.#requests.push(this.#destinations.remove(service, destination));
  }

  /** Forgets what was added. */
  clear(): void {
    this.#requests = [];
  }

  /** Sends what was added, in its turn among the other calls of the handle; resolves with nothing where all of it was done. */
  async send(): Promise<Failures | undefined> {
    const requests = this.#requests;
    this.#requests = [];
    return this.#session.queue.writeTogether(requests);
  }
}

const makers = new WeakMap<object, () => WriteBatch>();

/** From now on there are batches for what travels by that session. */
export function offerBatches(ipvs: object, session: Session): void {
  makers.set(ipvs, () => new WriteBatch(session));
}

/** A batch, where the backend is one that travels to a kernel. */
export function batchFor(backend: object): WriteBatch | undefined {
  return makers.get(backend)?.();
}

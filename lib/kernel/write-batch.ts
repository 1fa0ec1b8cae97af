import type { DestinationId, DestinationSpec } from '../../types/destination.js';
import type { ServiceId, ServiceSpec } from '../../types/service.js';
import { DestinationRequests } from './destination-requests.js';
import type { Failures, WriteRequest } from './request.js';
import { ServiceRequests } from './service-requests.js';
import type { Session } from './session.js';
import type { Shipment } from './shipment.js';

/**
 * Calls that are made together and answered together: what the calls of the same names do, without a promise for each. Every
 * method throws what its call rejects with before anything is sent, and nothing is added then. Services with an
 * engine are not for a batch: why such a one is refused takes another request to find out.
 */
export class WriteBatch {
  readonly #session: Session;
  readonly #services: ServiceRequests;
  readonly #destinations: DestinationRequests;
  #shipment: Shipment;

  constructor(session: Session) {
    this.#session = session;
    this.#shipment = session.queue.gather();
    this.#services = new ServiceRequests(session);
    this.#destinations = new DestinationRequests(session);
  }

  addService(spec: ServiceSpec): void {
    this.#add(this.#services.write('add-service', 'addService', spec));
  }

  setService(spec: ServiceSpec): void {
    this.#add(this.#services.write('set-service', 'setService', spec));
  }

  removeService(service: ServiceId): void {
    this.#add(this.#services.remove(service));
  }

  addDestination(service: ServiceId, spec: DestinationSpec): void {
    this.#add(this.#destinations.write('add-destination', 'addDestination', service, spec));
  }

  setDestination(service: ServiceId, spec: DestinationSpec): void {
    this.#add(this.#destinations.write('set-destination', 'setDestination', service, spec));
  }

  removeDestination(service: ServiceId, destination: DestinationId): void {
    this.#add(this.#destinations.remove(service, destination));
  }

  /** Forgets what was added. */
  clear(): void {
    this.#take().abandon();
  }

  /** Sends what was added, in its turn among the other calls of the handle; resolves with nothing where all of it was done. */
  async send(): Promise<Failures | undefined> {
    return this.#session.queue.send(this.#take());
  }

  #add(request: WriteRequest): void {
    this.#shipment.append(request);
  }

  #take(): Shipment {
    const shipment = this.#shipment;
    this.#shipment = this.#session.queue.gather();
    return shipment;
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

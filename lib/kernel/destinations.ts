import type { CallOptions } from '../../types/config.js';
import type {
  DestinationChanges,
  DestinationRef,
  DestinationSpec,
  ObservedDestination,
} from '../../types/destination.js';
import type { ServiceRef } from '../../types/service.js';
import { DestinationRequests } from './destination-requests.js';
import { checkSignal } from './options.js';
import type { Session } from './session.js';
import { readAll } from './table-reader.js';

/** The calls about destinations. */
export class Destinations {
  readonly #session: Session;
  readonly #requests: DestinationRequests;

  constructor(session: Session) {
    this.#session = session;
    this.#requests = new DestinationRequests(session);
  }

  async list(
    service: ServiceRef,
    options: CallOptions | undefined,
  ): Promise<ObservedDestination[]> {
    const signal = checkSignal(options);
    const { subject, table, fill } = this.#requests.list(service);
    const batch = await this.#session.read(subject, table, fill, signal);
    return readAll(batch, this.#session.records.destinations, signal);
  }

  async write(
    operation: 'add-destination' | 'set-destination',
    command: 'addDestination' | 'setDestination',
    service: ServiceRef,
    spec: DestinationSpec,
    options: CallOptions | undefined,
  ): Promise<void> {
    const signal = checkSignal(options);
    const { subject, fill } = this.#requests.write(operation, command, service, spec);
    return this.#session.write(subject, command, fill, signal);
  }

  async update(
    service: ServiceRef,
    destination: DestinationRef,
    changes: DestinationChanges,
    options: CallOptions | undefined,
  ): Promise<void> {
    const signal = checkSignal(options);
    const { subject, change } = this.#requests.update(service, destination, changes);
    return this.#session.queue.change(subject, signal, change);
  }

  async remove(
    service: ServiceRef,
    destination: DestinationRef,
    options: CallOptions | undefined,
  ): Promise<void> {
    const signal = checkSignal(options);
    const { subject, command, fill } = this.#requests.remove(service, destination);
    return this.#session.write(subject, command, fill, signal);
  }
}

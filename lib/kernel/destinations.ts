import type { CallOptions } from '../../types/config.js';
import type {
  DestinationChanges,
  DestinationRef,
  DestinationSpec,
  ObservedDestination,
} from '../../types/destination.js';
import type { ServiceRef } from '../../types/service.js';
import type { ListOptions } from '../../types/snapshot.js';
import { DestinationRequests } from './destination-requests.js';
import { LazyDestination } from './lazy/lazy-destination.js';
import { checkListOptions, checkSignal } from './options.js';
import { promised } from './promised.js';
import type { Session } from './session.js';
import { mapRecords, readAll, type TablePart } from './table-reader.js';

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
    options: ListOptions | undefined,
  ): Promise<ObservedDestination[]> {
    const { signal, lazy } = checkListOptions(options);
    const { subject, table, fill } = this.#requests.list(service);
    const batch = await this.#session.read(subject, table, fill, signal);
    const { destinations } = this.#session.records;
    if (!lazy) return readAll(batch, destinations, signal);
    const make = (part: TablePart, index: number) => new LazyDestination(destinations, part, index);
    return mapRecords(batch, make, signal);
  }

  write(
    operation: 'add-destination' | 'set-destination',
    command: 'addDestination' | 'setDestination',
    service: ServiceRef,
    spec: DestinationSpec,
    options: CallOptions | undefined,
  ): Promise<void> {
    // As `promised`, without a closure: there are very many of these calls.
    try {
      const signal = checkSignal(options);
      return this.#session.write(this.#requests.write(operation, command, service, spec), signal);
    } catch (error) {
      return Promise.reject(error);
    }
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

  remove(
    service: ServiceRef,
    destination: DestinationRef,
    options: CallOptions | undefined,
  ): Promise<void> {
    return promised(() => {
      const signal = checkSignal(options);
      return this.#session.write(this.#requests.remove(service, destination), signal);
    });
  }
}

import type { CallOptions } from '../../types/config.js';
import type {
  ObservedService,
  ServiceChanges,
  ServiceRef,
  ServiceSpec,
} from '../../types/service.js';
import type { ListOptions } from '../../types/snapshot.js';
import type { Subject } from './call.js';
import { lazyService } from './lazy/lazy-service.js';
import { schedulerToTry, withMissingNamed } from './missing-part.js';
import { checkListOptions, checkSignal } from './options.js';
import { promised } from './promised.js';
import { ServiceRequests } from './service-requests.js';
import type { Session } from './session.js';
import { mapRecords, open, readAll } from './table-reader.js';

/** The calls about services. */
export class Services {
  readonly #session: Session;
  readonly #requests: ServiceRequests;

  constructor(session: Session) {
    this.#session = session;
    this.#requests = new ServiceRequests(session);
  }

  async list(options: ListOptions | undefined): Promise<ObservedService[]> {
    const { signal, lazy } = checkListOptions(options);
    const { subject, table, fill } = this.#requests.list();
    const batch = await this.#session.read(subject, table, fill, signal);
    const { services } = this.#session.records;
    if (!lazy) return readAll(batch, services, signal);
    return mapRecords(batch, (part, index) => lazyService(services, part, index), signal);
  }

  async get(
    service: ServiceRef,
    options: CallOptions | undefined,
  ): Promise<ObservedService | undefined> {
    const signal = checkSignal(options);
    const { subject, table, fill } = this.#requests.get(service);
    const answer = await this.#session.queue.read(subject, table, fill, signal);
    if ('errno' in answer) return this.#requests.unlessAbsent(subject, answer);
    const part = open(answer);
    return this.#session.records.services.read(part.view, 0, part.lines);
  }

  write(
    operation: 'add-service' | 'set-service',
    command: 'addService' | 'setService',
    spec: ServiceSpec,
    options: CallOptions | undefined,
  ): Promise<void> {
    return promised(() => {
      const signal = checkSignal(options);
      const request = this.#requests.write(operation, command, spec);
      return this.#withMissingNamed(this.#session.write(request, signal), request.subject);
    });
  }

  async update(
    service: ServiceRef,
    changes: ServiceChanges,
    options: CallOptions | undefined,
  ): Promise<void> {
    const signal = checkSignal(options);
    const { subject, change } = this.#requests.update(service, changes);
    return this.#withMissingNamed(this.#session.queue.change(subject, signal, change), subject);
  }

  remove(service: ServiceRef, options: CallOptions | undefined): Promise<void> {
    return promised(() => {
      const signal = checkSignal(options);
      return this.#session.write(this.#requests.remove(service), signal);
    });
  }

  async flush(options: CallOptions | undefined): Promise<void> {
    const signal = checkSignal(options);
    return this.#session.write(this.#requests.flush(), signal);
  }

  async zero(service: ServiceRef | undefined, options: CallOptions | undefined): Promise<void> {
    const signal = checkSignal(options);
    return this.#session.write(this.#requests.zero(service), signal);
  }

  #withMissingNamed(writing: Promise<void>, subject: Subject): Promise<void> {
    return subject.engine === undefined ? writing : this.#nameMissing(writing, subject);
  }

  async #nameMissing(writing: Promise<void>, subject: Subject): Promise<void> {
    try {
      await writing;
    } catch (error) {
      const scheduler = schedulerToTry(subject, error);
      if (scheduler === undefined) throw error;
      const outcome = await this.#tryScheduler(subject, scheduler);
      throw withMissingNamed(error, subject, outcome, this.#session);
    }
  }

  #tryScheduler(subject: Subject, scheduler: string): Promise<unknown> {
    return this.#session
      .write(this.#requests.trial(subject, scheduler), undefined)
      .catch((error: unknown) => error);
  }
}

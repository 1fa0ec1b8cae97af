import { constants } from 'node:os';
import type { CallOptions } from '../../types/config.js';
import type {
  ObservedService,
  Service,
  ServiceChanges,
  ServiceRef,
  ServiceSpec,
} from '../../types/service.js';
import { present, throwingReport } from '../model/report.js';
import { applyServiceChanges, checkServiceChanges, checkServiceSpec } from '../model/service.js';
import {
  type CompleteServiceKey,
  formatServiceId,
  keyOfService,
  resolveServiceRef,
} from '../model/service-id.js';
import type { Subject } from './call.js';
import { IpvsError } from './errors.js';
import { checkSignal } from './options.js';
import type { Fill } from './queue.js';
import { rowOf, rowsOf } from './rows.js';
import type { Session } from './session.js';
import {
  limitOfEngine,
  limitOfService,
  limitOfServiceChange,
  limitOfZero,
} from './sockopt-limits.js';
import { open, readAll } from './table-reader.js';

/** The calls about services. */
export class Services {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async list(options: CallOptions | undefined): Promise<ObservedService[]> {
    const signal = checkSignal(options);
    const subject: Subject = { operation: 'list-services' };
    const batch = await this.#session.read(subject, 'services', undefined, signal);
    return readAll(batch, this.#session.records.services, signal);
  }

  async get(
    service: ServiceRef,
    options: CallOptions | undefined,
  ): Promise<ObservedService | undefined> {
    const signal = checkSignal(options);
    const key = resolveServiceRef(service);
    const subject: Subject = { operation: 'get-service', target: formatServiceId(key) };
    this.#session.heedLimits(subject, () => limitOfService(key));
    const { queue, records } = this.#session;
    const answer = await queue.read(subject, 'service', this.#fill(key), signal);
    if ('errno' in answer) {
      const error = this.#session.error(subject, answer);
      if (error.code === 'ESRCH' && answer.source === 'kernel') return undefined;
      throw error;
    }
    const part = open(answer);
    return records.services.read(part.view, 0, part.lines);
  }

  async write(
    operation: 'add-service' | 'set-service',
    command: 'addService' | 'setService',
    spec: ServiceSpec,
    options: CallOptions | undefined,
  ): Promise<void> {
    const signal = checkSignal(options);
    const service: Service = present(checkServiceSpec(spec, throwingReport, ''));
    const key = keyOfService(service);
    const subject: Subject = {
      operation,
      target: formatServiceId(key),
      scheduler: service.scheduler,
      engine: service.persistence?.engine,
    };
    this.#session.heedLimits(
      subject,
      () => limitOfServiceChange(key) ?? limitOfEngine(subject.engine),
    );
    const { records } = this.#session;
    const writing = this.#session.write(
      subject,
      command,
      (request, offset) => records.services.write(request, records.serviceAt(offset), key, service),
      signal,
    );
    return this.#withMissingNamed(writing, subject);
  }

  async update(
    service: ServiceRef,
    changes: ServiceChanges,
    options: CallOptions | undefined,
  ): Promise<void> {
    const signal = checkSignal(options);
    const key = resolveServiceRef(service);
    const target = formatServiceId(key);
    const checked = present(checkServiceChanges(changes, key, throwingReport, ''));
    const subject: Subject = {
      operation: 'update-service',
      target,
      scheduler: checked.scheduler,
      engine: typeof checked.persistence === 'object' ? checked.persistence.engine : undefined,
    };
    this.#session.heedLimits(
      subject,
      () => limitOfServiceChange(key) ?? limitOfEngine(subject.engine),
    );
    const { records } = this.#session;
    const changing = this.#session.queue.change(subject, signal, {
      command: 'setService',
      target,
      source: {
        key: target,
        table: 'service',
        fill: this.#fill(key),
        rows: async (batch) => rowsOf([open(batch)], records.services),
      },
      merge: (rows) => {
        const { value, record } = rowOf<ObservedService>(rows, target, this.#session, subject);
        const merged = present(applyServiceChanges(value, checked, throwingReport, ''));
        return (request, offset) =>
          records.services.overlay(request, records.serviceAt(offset), record, merged, checked);
      },
    });
    return this.#withMissingNamed(changing, subject);
  }

  async remove(service: ServiceRef, options: CallOptions | undefined): Promise<void> {
    const signal = checkSignal(options);
    const key = resolveServiceRef(service);
    const subject: Subject = { operation: 'remove-service', target: formatServiceId(key) };
    this.#session.heedLimits(subject, () => limitOfServiceChange(key));
    return this.#session.write(subject, 'removeService', this.#fill(key), signal);
  }

  async flush(options: CallOptions | undefined): Promise<void> {
    return this.#session.write({ operation: 'flush' }, 'flush', () => {}, checkSignal(options));
  }

  async zero(service: ServiceRef | undefined, options: CallOptions | undefined): Promise<void> {
    const signal = checkSignal(options);
    if (service === undefined) {
      return this.#session.write({ operation: 'zero' }, 'zero', () => {}, signal);
    }
    const key = resolveServiceRef(service);
    const subject: Subject = { operation: 'zero', target: formatServiceId(key) };
    this.#session.heedLimits(subject, () => limitOfZero(key));
    return this.#session.write(subject, 'zero', this.#fill(key), signal);
  }

  #fill(key: CompleteServiceKey): Fill {
    return this.#session.records.fillService(key);
  }

  /**
   * The kernel gives one errno for a scheduler and for an engine that are not available. Where both were asked for, the
   * error is put more precisely: the scheduler alone is tried, in a request that the kernel refuses in any case.
   */
  async #withMissingNamed(writing: Promise<void>, subject: Subject): Promise<void> {
    const { scheduler, engine } = subject;
    if (scheduler === undefined || engine === undefined || engine === '') return writing;
    try {
      await writing;
    } catch (error) {
      if (!(error instanceof IpvsError) || error.code !== 'ENOENT') throw error;
      const available = await this.#hasScheduler(scheduler, subject);
      if (available === undefined) throw error;
      const missing = available ? 'engine' : 'scheduler';
      throw this.#session.error(
        { ...subject, missing },
        { errno: constants.errno.ENOENT, source: 'kernel' },
      );
    }
  }

  /** Whether the kernel has a scheduler, or can load it; `undefined` where that cannot be told. */
  async #hasScheduler(scheduler: string, subject: Subject): Promise<boolean | undefined> {
    const { records } = this.#session;
    try {
      await this.#session.write(
        subject,
        'addService',
        (request, offset) =>
          records.services.writeRefused(request, records.serviceAt(offset), scheduler),
        undefined,
      );
    } catch (error) {
      if (error instanceof IpvsError && error.code === 'EINVAL') return true;
      if (error instanceof IpvsError && error.code === 'ENOENT') return false;
    }
    return undefined;
  }
}

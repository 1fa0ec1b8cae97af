import type {
  ObservedService,
  Service,
  ServiceChanges,
  ServiceRef,
  ServiceSpec,
} from '../../types/service.js';
import { present, throwingReport } from '../model/report.js';
import {
  applyServiceChanges,
  asCalled,
  checkServiceChanges,
  checkServiceSpec,
} from '../model/service.js';
import { formatServiceId, keyOfService, resolveServiceRef } from '../model/service-id.js';
import type { Subject } from './call.js';
import type { Failure } from './errors.js';
import type { ChangeRequest, ReadRequest, RequestSession, WriteRequest } from './request.js';
import { rowOf, rowsOf } from './rows.js';
import {
  limitOfEngine,
  limitOfService,
  limitOfServiceChange,
  limitOfZero,
} from './sockopt-limits.js';
import { writtenService } from './subjects.js';
import { open } from './table-reader.js';

/** Checks what callers say of services, and makes requests of it. */
export class ServiceRequests {
  readonly #session: RequestSession;

  constructor(session: RequestSession) {
    this.#session = session;
  }

  list(): ReadRequest {
    return { subject: { operation: 'list-services' }, table: 'services', fill: undefined };
  }

  get(service: ServiceRef): ReadRequest {
    const key = resolveServiceRef(service);
    const subject: Subject = { operation: 'get-service', target: formatServiceId(key) };
    this.#session.heedLimits(subject, () => limitOfService(key));
    return { subject, table: 'service', fill: this.#session.records.fillService(key) };
  }

  /** Nothing where a service that was to be read is not there; throws where that failed otherwise. */
  unlessAbsent(subject: Subject, failure: Failure): undefined {
    const error = this.#session.error(subject, failure);
    if (error.code !== 'ESRCH' || failure.source !== 'kernel') throw error;
  }

  write(
    operation: 'add-service' | 'set-service',
    command: 'addService' | 'setService',
    spec: ServiceSpec,
  ): WriteRequest {
    const service: Service = present(checkServiceSpec(spec, throwingReport, '', asCalled));
    const key = keyOfService(service);
    const subject = writtenService(operation, key, service);
    this.#session.heedLimits(
      subject,
      () => limitOfServiceChange(key) ?? limitOfEngine(subject.engine),
    );
    const { records } = this.#session;
    return {
      subject,
      command,
      fill: (request, offset) =>
        records.services.write(request, records.serviceAt(offset), key, service),
    };
  }

  update(service: ServiceRef, changes: ServiceChanges): ChangeRequest<ObservedService> {
    const key = resolveServiceRef(service);
    const target = formatServiceId(key);
    const checked = present(checkServiceChanges(changes, key, throwingReport, '', asCalled));
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
    const change = {
      command: 'setService',
      target,
      source: {
        key: target,
        table: 'service',
        fill: records.fillService(key),
        rows: async (batch) => rowsOf([open(batch)], records.services),
      },
      merge: (rows) => {
        const { value, record } = rowOf<ObservedService>(rows, target, this.#session, subject);
        const merged = present(applyServiceChanges(value, checked, throwingReport, ''));
        return (request, offset) =>
          records.services.overlay(request, records.serviceAt(offset), record, merged, checked);
      },
    } satisfies ChangeRequest<ObservedService>['change'];
    return { subject, change, id: target, reader: records.services };
  }

  remove(service: ServiceRef): WriteRequest {
    const key = resolveServiceRef(service);
    const subject: Subject = { operation: 'remove-service', target: formatServiceId(key) };
    this.#session.heedLimits(subject, () => limitOfServiceChange(key));
    return { subject, command: 'removeService', fill: this.#session.records.fillService(key) };
  }

  flush(): WriteRequest {
    return { subject: { operation: 'flush' }, command: 'flush', fill: nothing };
  }

  zero(service: ServiceRef | undefined): WriteRequest {
    if (service === undefined) {
      return { subject: { operation: 'zero' }, command: 'zero', fill: nothing };
    }
    const key = resolveServiceRef(service);
    const subject: Subject = { operation: 'zero', target: formatServiceId(key) };
    this.#session.heedLimits(subject, () => limitOfZero(key));
    return { subject, command: 'zero', fill: this.#session.records.fillService(key) };
  }

  /** Asks for the scheduler of a subject alone, in a way that the kernel refuses in any case. */
  trial(subject: Subject, scheduler: string): WriteRequest {
    const { records } = this.#session;
    return {
      subject,
      command: 'addService',
      fill: (request, offset) =>
        records.services.writeRefused(request, records.serviceAt(offset), scheduler),
    };
  }
}

function nothing(): void {}

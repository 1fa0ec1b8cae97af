import type { Info, Timeouts } from '../../types/config.js';
import type {
  DestinationChanges,
  DestinationRef,
  DestinationSpec,
  ObservedDestination,
} from '../../types/destination.js';
import type { NativeBatch } from '../../types/native.js';
import type {
  ObservedService,
  ServiceChanges,
  ServiceRef,
  ServiceSpec,
} from '../../types/service.js';
import type { IpvsSync } from '../../types/sync.js';
import type { Subject } from './call.js';
import { DestinationRequests } from './destination-requests.js';
import { type DirectLine, partsOf } from './direct-line.js';
import { schedulerToTry, withMissingNamed } from './missing-part.js';
import type { RequestSession } from './request.js';
import { ServiceRequests } from './service-requests.js';
import { infoRequest, setTimeoutsRequest, timeoutsRequest } from './setting-requests.js';
import { open, type Reader } from './table-reader.js';

/** The calls that return when they are done. */
export class SyncCalls implements IpvsSync {
  readonly #session: RequestSession;
  readonly #line: DirectLine;
  readonly #services: ServiceRequests;
  readonly #destinations: DestinationRequests;

  constructor(session: RequestSession, line: DirectLine) {
    this.#session = session;
    this.#line = line;
    this.#services = new ServiceRequests(session);
    this.#destinations = new DestinationRequests(session);
  }

  info(): Info {
    return this.#session.records.readInfo(open(this.#line.read(infoRequest)).view);
  }

  listServices(): ObservedService[] {
    const batch = this.#line.read(this.#services.list());
    return readAllNow(batch, this.#session.records.services);
  }

  getService(service: ServiceRef): ObservedService | undefined {
    const request = this.#services.get(service);
    const answer = this.#line.tryRead(request);
    if ('errno' in answer) return this.#services.unlessAbsent(request.subject, answer);
    const part = open(answer);
    return this.#session.records.services.read(part.view, 0, part.lines);
  }

  addService(spec: ServiceSpec): void {
    const request = this.#services.write('add-service', 'addService', spec);
    this.#namingMissing(request.subject, () => this.#line.write(request));
  }

  setService(spec: ServiceSpec): void {
    const request = this.#services.write('set-service', 'setService', spec);
    this.#namingMissing(request.subject, () => this.#line.write(request));
  }

  updateService(service: ServiceRef, changes: ServiceChanges): void {
    const request = this.#services.update(service, changes);
    this.#namingMissing(request.subject, () => this.#line.change(request));
  }

  removeService(service: ServiceRef): void {
    this.#line.write(this.#services.remove(service));
  }

  listDestinations(service: ServiceRef): ObservedDestination[] {
    const batch = this.#line.read(this.#destinations.list(service));
    return readAllNow(batch, this.#session.records.destinations);
  }

  addDestination(service: ServiceRef, spec: DestinationSpec): void {
    this.#line.write(this.#destinations.write('add-destination', 'addDestination', service, spec));
  }

  setDestination(service: ServiceRef, spec: DestinationSpec): void {
    this.#line.write(this.#destinations.write('set-destination', 'setDestination', service, spec));
  }

  updateDestination(
    service: ServiceRef,
    destination: DestinationRef,
    changes: DestinationChanges,
  ): void {
    this.#line.change(this.#destinations.update(service, destination, changes));
  }

  removeDestination(service: ServiceRef, destination: DestinationRef): void {
    this.#line.write(this.#destinations.remove(service, destination));
  }

  flush(): void {
    this.#line.write(this.#services.flush());
  }

  zero(service?: ServiceRef): void {
    this.#line.write(this.#services.zero(service));
  }

  timeouts(): Timeouts {
    return this.#session.records.readTimeouts(open(this.#line.read(timeoutsRequest)).view);
  }

  setTimeouts(timeouts: Partial<Timeouts>): void {
    this.#line.write(setTimeoutsRequest(timeouts, this.#session.records));
  }

  #namingMissing(subject: Subject, write: () => void): void {
    try {
      write();
    } catch (error) {
      const scheduler = schedulerToTry(subject, error);
      if (scheduler === undefined) throw error;
      const outcome = errorOf(() => this.#line.write(this.#services.trial(subject, scheduler)));
      throw withMissingNamed(error, subject, outcome, this.#session);
    }
  }
}

function errorOf(call: () => void): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

function readAllNow<Value>(batch: NativeBatch, reader: Reader<Value>): Value[] {
  const rows: Value[] = [];
  for (const part of partsOf(batch)) {
    for (let index = 0; index < part.count; index += 1) {
      rows.push(reader.read(part.view, index, part.lines));
    }
  }
  return rows;
}

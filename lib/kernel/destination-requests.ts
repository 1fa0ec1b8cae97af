import type {
  Destination,
  DestinationChanges,
  DestinationRef,
  DestinationSpec,
  ObservedDestination,
  Tunnel,
} from '../../types/destination.js';
import type { NativeCommand } from '../../types/native.js';
import type { ServiceRef } from '../../types/service.js';
import {
  applyDestinationChanges,
  checkDestinationChanges,
  checkDestinationSpec,
} from '../model/destination.js';
import {
  type CompleteDestinationKey,
  formatDestinationId,
  resolveDestinationRef,
} from '../model/destination-id.js';
import { present, throwingReport } from '../model/report.js';
import { type CompleteServiceKey, formatServiceId } from '../model/service-id.js';
import type { Subject } from './call.js';
import type { Records } from './records/records.js';
import type { ChangeRequest, ReadRequest, RequestSession, WriteRequest } from './request.js';
import type { RequestBuffer } from './request-buffer.js';
import { rowOf, rowsOf } from './rows.js';
import { ServiceKeys } from './service-keys.js';
import {
  limitOfDestination,
  limitOfService,
  limitOfServiceChange,
  limitOfTunnel,
} from './sockopt-limits.js';
import { destinationOfService } from './subjects.js';
import { allParts } from './table-reader.js';

/** Checks what callers say of destinations, and makes requests of it. */
export class DestinationRequests {
  readonly #session: RequestSession;
  readonly #services = new ServiceKeys();

  constructor(session: RequestSession) {
    this.#session = session;
  }

  list(service: ServiceRef): ReadRequest {
    const key = this.#services.resolve(service);
    const subject: Subject = { operation: 'list-destinations', target: formatServiceId(key) };
    this.#session.heedLimits(subject, () => limitOfService(key));
    return { subject, table: 'destinations', fill: this.#session.records.fillService(key) };
  }

  write(
    operation: 'add-destination' | 'set-destination',
    command: 'addDestination' | 'setDestination',
    service: ServiceRef,
    spec: DestinationSpec,
    into = new DestinationRequest(this.#session.records),
  ): WriteRequest {
    const key = this.#services.resolve(service);
    const destination: Destination = present(checkDestinationSpec(spec, key, throwingReport, ''));
    const subject = destinationOfService(operation, key, destination);
    this.#heedLimits(subject, key, destination, destination.tunnel);
    return into.set(subject, command, key, destination);
  }

  update(
    service: ServiceRef,
    destination: DestinationRef,
    changes: DestinationChanges,
  ): ChangeRequest<ObservedDestination> {
    const key = this.#services.resolve(service);
    const destinationKey = resolveDestinationRef(destination, key);
    const checked = present(
      checkDestinationChanges(changes, destinationKey, key, throwingReport, ''),
    );
    const id = formatDestinationId(destinationKey);
    const source = formatServiceId(key);
    const subject = destinationOfService('update-destination', key, destinationKey);
    this.#heedLimits(subject, key, destinationKey, checked.tunnel);
    const { records } = this.#session;
    const change = {
      command: 'setDestination',
      target: `${source} -> ${id}`,
      source: {
        key: `${source} ->`,
        table: 'destinations',
        fill: records.fillService(key),
        rows: async (batch) => rowsOf(await allParts(batch), records.destinations),
      },
      merge: (rows) => {
        const { value, record } = rowOf<ObservedDestination>(rows, id, this.#session, subject);
        const merged = present(applyDestinationChanges(value, checked, throwingReport, ''));
        return (request, offset) => {
          records.services.writeKey(request, records.serviceAt(offset), key);
          const start = records.destinationAt(offset);
          records.destinations.overlay(request, start, record, merged, checked);
        };
      },
    } satisfies ChangeRequest<ObservedDestination>['change'];
    return { subject, change, id, reader: records.destinations };
  }

  remove(
    service: ServiceRef,
    destination: DestinationRef,
    into = new DestinationRequest(this.#session.records),
  ): WriteRequest {
    const key = this.#services.resolve(service);
    const destinationKey = resolveDestinationRef(destination, key);
    const subject = destinationOfService('remove-destination', key, destinationKey);
    this.#heedLimits(subject, key, destinationKey, undefined);
    return into.set(subject, 'removeDestination', key, destinationKey);
  }

  #heedLimits(
    subject: Subject,
    service: CompleteServiceKey,
    { address }: { readonly address: string },
    tunnel: Partial<Tunnel> | undefined,
  ): void {
    if (!this.#session.isLimited) return;
    this.#session.heedLimits(
      subject,
      () => limitOfServiceChange(service) ?? limitOfDestination(address) ?? limitOfTunnel(tunnel),
    );
  }
}

/** A request about a destination that is to be so, or, named by its key alone, to go. */
export class DestinationRequest implements WriteRequest {
  subject!: Subject;
  command!: NativeCommand;
  readonly #records: Records;
  #service!: CompleteServiceKey;
  #destination!: Destination | CompleteDestinationKey;

  constructor(records: Records) {
    this.#records = records;
  }

  /** What it is; where it is written at once, the next can be made of it. */
  set(
    subject: Subject,
    command: NativeCommand,
    service: CompleteServiceKey,
    destination: Destination | CompleteDestinationKey,
  ): this {
    this.subject = subject;
    this.command = command;
    this.#service = service;
    this.#destination = destination;
    return this;
  }

  fill(request: RequestBuffer, offset: number): void {
    const { services, destinations } = this.#records;
    const destination = this.#destination;
    services.writeKey(request, this.#records.serviceAt(offset), this.#service);
    const start = this.#records.destinationAt(offset);
    if ('forward' in destination) destinations.write(request, start, destination);
    else destinations.writeKey(request, start, destination);
  }
}

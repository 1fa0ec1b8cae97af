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
  type DestinationSpecOptions,
  destinationOf,
  destinationToFill,
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
  /** The request that is made at present, which has nearly always been written when the next one is made. */
  readonly #request: DestinationRequest;
  /** Puts a destination that has been checked where the last one was. */
  readonly #reusing = { into: destinationToFill() } satisfies DestinationSpecOptions;

  constructor(session: RequestSession) {
    this.#session = session;
    this.#request = new DestinationRequest(session.records);
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
  ): WriteRequest {
    const key = this.#services.resolve(service);
    const destination: Destination = present(
      checkDestinationSpec(spec, key, throwingReport, '', this.#reusing),
    );
    const subject = destinationOfService(operation, key, destination);
    this.#heedLimits(subject, key, destination, destination.tunnel);
    return this.#request.set(subject, command, key, destination);
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

  remove(service: ServiceRef, destination: DestinationRef): WriteRequest {
    const key = this.#services.resolve(service);
    const destinationKey = resolveDestinationRef(destination, key);
    const subject = destinationOfService('remove-destination', key, destinationKey);
    this.#heedLimits(subject, key, destinationKey, undefined);
    return this.#request.set(subject, 'removeDestination', key, destinationKey);
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

/** A request about a destination that is to be so, or, named by its key alone, to go. It is used again for the next. */
class DestinationRequest implements WriteRequest {
  subject!: Subject;
  command!: NativeCommand;
  readonly #records: Records;
  #service!: CompleteServiceKey;
  #destination!: Destination | CompleteDestinationKey;

  constructor(records: Records) {
    this.#records = records;
  }

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

  kept(): WriteRequest {
    const destination = this.#destination;
    return new DestinationRequest(this.#records).set(
      this.subject,
      this.command,
      this.#service,
      'forward' in destination ? destinationOf(destination) : destination,
    );
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

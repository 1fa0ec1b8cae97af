import type {
  Destination,
  DestinationChanges,
  DestinationRef,
  DestinationSpec,
  ObservedDestination,
  Tunnel,
} from '../../types/destination.js';
import type { Operation } from '../../types/error.js';
import type { ServiceRef } from '../../types/service.js';
import { familyOf } from '../model/address.js';
import {
  applyDestinationChanges,
  checkDestinationChanges,
  checkDestinationSpec,
} from '../model/destination.js';
import { formatDestinationId, resolveDestinationRef } from '../model/destination-id.js';
import { present, throwingReport } from '../model/report.js';
import {
  type CompleteServiceKey,
  formatServiceId,
  resolveServiceRef,
} from '../model/service-id.js';
import type { Subject } from './call.js';
import type { ChangeRequest, ReadRequest, RequestSession, WriteRequest } from './request.js';
import { rowOf, rowsOf } from './rows.js';
import {
  limitOfDestination,
  limitOfService,
  limitOfServiceChange,
  limitOfTunnel,
} from './sockopt-limits.js';
import { allParts } from './table-reader.js';

/** Checks what callers say of destinations, and makes requests of it. */
export class DestinationRequests {
  readonly #session: RequestSession;

  constructor(session: RequestSession) {
    this.#session = session;
  }

  list(service: ServiceRef): ReadRequest {
    const key = resolveServiceRef(service);
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
    const key = resolveServiceRef(service);
    const destination: Destination = present(checkDestinationSpec(spec, key, throwingReport, ''));
    const subject = subjectOf(operation, key, destination);
    this.#heedLimits(subject, key, destination, destination.tunnel);
    const { records } = this.#session;
    return {
      subject,
      command,
      fill: (request, offset) => {
        records.services.writeKey(request, records.serviceAt(offset), key);
        records.destinations.write(request, records.destinationAt(offset), destination);
      },
    };
  }

  update(
    service: ServiceRef,
    destination: DestinationRef,
    changes: DestinationChanges,
  ): ChangeRequest<ObservedDestination> {
    const key = resolveServiceRef(service);
    const destinationKey = resolveDestinationRef(destination, key);
    const checked = present(
      checkDestinationChanges(changes, destinationKey, key, throwingReport, ''),
    );
    const id = formatDestinationId(destinationKey);
    const source = formatServiceId(key);
    const subject = subjectOf('update-destination', key, destinationKey);
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
    const key = resolveServiceRef(service);
    const destinationKey = resolveDestinationRef(destination, key);
    const subject = subjectOf('remove-destination', key, destinationKey);
    this.#heedLimits(subject, key, destinationKey, undefined);
    const { records } = this.#session;
    return {
      subject,
      command: 'removeDestination',
      fill: (request, offset) => {
        records.services.writeKey(request, records.serviceAt(offset), key);
        records.destinations.writeKey(request, records.destinationAt(offset), destinationKey);
      },
    };
  }

  #heedLimits(
    subject: Subject,
    service: CompleteServiceKey,
    { address }: { readonly address: string },
    tunnel: Partial<Tunnel> | undefined,
  ): void {
    this.#session.heedLimits(
      subject,
      () => limitOfServiceChange(service) ?? limitOfDestination(address) ?? limitOfTunnel(tunnel),
    );
  }
}

function subjectOf(
  operation: Operation,
  service: CompleteServiceKey,
  destination: { readonly address: string; readonly port: number },
): Subject {
  const id = formatDestinationId({ ...destination, family: familyOf(destination.address) });
  return { operation, target: `${formatServiceId(service)} -> ${id}` };
}

import type { Operation } from '../../types/error.js';
import type { Service } from '../../types/service.js';
import { familyOf } from '../model/address.js';
import { formatDestinationId } from '../model/destination-id.js';
import { type CompleteServiceKey, formatServiceId } from '../model/service-id.js';
import type { Subject } from './call.js';

/** A call that writes a service, with what the kernel may lack for it. */
export function writtenService(
  operation: Operation,
  key: CompleteServiceKey,
  { scheduler, persistence }: Service,
): Subject {
  return { operation, target: formatServiceId(key), scheduler, engine: persistence?.engine };
}

/** Where a destination is. */
interface DestinationPlace {
  readonly address: string;
  readonly port: number;
}

/** A call about a destination of a service. */
export function destinationOfService(
  operation: Operation,
  service: CompleteServiceKey,
  destination: DestinationPlace,
): Subject {
  return new DestinationSubject(operation, service, destination);
}

/** Puts the two into words when they are wanted: for an error, or a trace. */
export class DestinationSubject<Key extends DestinationPlace = DestinationPlace>
  implements Subject
{
  readonly operation: Operation;
  protected readonly service: CompleteServiceKey;
  protected readonly destination: Key;

  constructor(operation: Operation, service: CompleteServiceKey, destination: Key) {
    this.operation = operation;
    this.service = service;
    this.destination = destination;
  }

  get target(): string {
    const { address, port } = this.destination;
    const id = formatDestinationId({ family: familyOf(address), address, port });
    return `${formatServiceId(this.service)} -> ${id}`;
  }
}

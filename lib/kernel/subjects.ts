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

/**
 * Puts the two into words when they are wanted: for an error, or a trace. There can be very many that wait for their answers,
 * so it holds no more of the destination than it needs.
 */
class DestinationSubject implements Subject {
  readonly operation: Operation;
  readonly #service: CompleteServiceKey;
  readonly #address: string;
  readonly #port: number;

  constructor(operation: Operation, service: CompleteServiceKey, destination: DestinationPlace) {
    this.operation = operation;
    this.#service = service;
    this.#address = destination.address;
    this.#port = destination.port;
  }

  get target(): string {
    const [address, port] = [this.#address, this.#port];
    const id = formatDestinationId({ family: familyOf(address), address, port });
    return `${formatServiceId(this.#service)} -> ${id}`;
  }
}

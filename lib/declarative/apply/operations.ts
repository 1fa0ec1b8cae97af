import type { Backend } from '../../../types/backend.js';
import type { PlannedOperation } from '../../../types/plan.js';
import { batchFor, type WriteBatch } from '../../kernel/write-batch.js';
import { AddressOperations } from './address-operations.js';
import { DestinationOperations } from './destination-operations.js';
import { type Circumstances, type Done, ok } from './done.js';
import { type Refusal, refusalFrom } from './failures.js';
import { Recreation } from './recreation.js';
import { ServiceOperations } from './service-operations.js';
import { setSysctl, setTimeouts } from './setting-operations.js';
import type { Wanted } from './wanted.js';

/**
 * Carries operations out, one request each, and reacts to refusals that mean that another program was faster. Whatever
 * it does brings about the state that the operation asks for, so that programs with the same document do not fight.
 */
export class Operations {
  readonly #backend: Backend;
  readonly #services: ServiceOperations;
  readonly #destinations: DestinationOperations;
  readonly #addresses: AddressOperations;

  constructor(backend: Backend, wanted: Wanted) {
    const recreation = new Recreation(backend, wanted);
    this.#backend = backend;
    this.#services = new ServiceOperations(backend, recreation);
    this.#destinations = new DestinationOperations(backend, recreation);
    this.#addresses = new AddressOperations(backend, wanted);
  }

  /** What operations can travel in together, where there is such a thing. */
  batch(): WriteBatch | undefined {
    return batchFor(this.#backend);
  }

  /** The one request that most operations are, if it is not refused; nothing for those that are more. */
  request(operation: PlannedOperation): Promise<void> | undefined {
    return this.#partOf(operation)?.request(operation);
  }

  /** What comes of an operation whose request was refused. Rejects with what the backend rejects with. */
  async react(
    operation: PlannedOperation,
    refusal: Refusal,
    circumstances: Circumstances,
  ): Promise<Done> {
    const part = this.#partOf(operation);
    if (part === undefined) throw refusal.error;
    return part.react(operation, refusal, circumstances);
  }

  /** Makes one request, and others where the answer calls for them. Rejects with what the backend rejects with. */
  async perform(operation: PlannedOperation, circumstances: Circumstances): Promise<Done> {
    const request = this.request(operation);
    if (request === undefined) return this.#performOther(operation);
    const refusal = await refusalFrom(request);
    return refusal === undefined ? ok : this.react(operation, refusal, circumstances);
  }

  #partOf({ op }: PlannedOperation): ServiceOperations | DestinationOperations | undefined {
    switch (op) {
      case 'add-service':
      case 'set-service':
      case 'del-service':
        return this.#services;
      case 'add-dest':
      case 'set-dest':
      case 'del-dest':
        return this.#destinations;
      default:
        return undefined;
    }
  }

  #performOther(operation: PlannedOperation): Promise<Done> {
    switch (operation.op) {
      case 'bind-vip':
        return this.#addresses.bind(operation);
      case 'unbind-vip':
        return this.#addresses.unbind(operation);
      case 'ensure-device':
        return this.#addresses.ensureDevice(operation);
      case 'remove-device':
        return this.#addresses.removeDevice(operation);
      case 'set-sysctl':
        return setSysctl(this.#backend, operation);
      default:
        return setTimeouts(this.#backend, operation);
    }
  }
}

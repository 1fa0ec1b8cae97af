import type { Backend } from '../../../types/backend.js';
import type { PlannedOperation } from '../../../types/plan.js';
import { AddressOperations } from './address-operations.js';
import { DestinationOperations } from './destination-operations.js';
import type { Circumstances, Done } from './done.js';
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

  /** Makes one request, and others where the answer calls for them. Rejects with what the backend rejects with. */
  perform(operation: PlannedOperation, circumstances: Circumstances): Promise<Done> {
    switch (operation.op) {
      case 'add-service':
        return this.#services.add(operation, circumstances);
      case 'set-service':
        return this.#services.set(operation);
      case 'del-service':
        return this.#services.remove(operation);
      case 'add-dest':
        return this.#destinations.add(operation, circumstances);
      case 'set-dest':
        return this.#destinations.set(operation);
      case 'del-dest':
        return this.#destinations.remove(operation);
      case 'bind-vip':
        return this.#addresses.bind(operation);
      case 'unbind-vip':
        return this.#addresses.unbind(operation);
      case 'ensure-device':
        return this.#addresses.ensureDevice(operation);
      case 'remove-device':
        return this.#addresses.removeDevice(operation);
      case 'set-timeouts':
        return setTimeouts(this.#backend, operation);
      case 'set-sysctl':
        return setSysctl(this.#backend, operation);
    }
  }
}

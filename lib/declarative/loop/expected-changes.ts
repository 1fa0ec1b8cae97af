import type { ServiceId } from '../../../types/service.js';
import { type Deed, keyOf } from '../apply/operation-groups.js';

/**
 * Which differences between what is and what should be are no surprise: those that a new document, the health of
 * destinations or an order brings, and what an earlier cycle left to do. All others were made by somebody else.
 */
export class ExpectedChanges {
  #everything = false;
  readonly #services = new Set<ServiceId>();
  /** By what they do, with the service that they are about. */
  readonly #operations = new Map<string, ServiceId | undefined>();

  expectEverything(): void {
    this.#everything = true;
  }

  expectService(id: ServiceId): void {
    this.#services.add(id);
  }

  /** What was not done, or is not over. */
  expectOperations(operations: readonly Deed[]): void {
    for (const operation of operations) this.#operations.set(keyOf(operation), operation.service);
  }

  /** All that others expect as well, because it did not come to it. */
  expectAlso(other: ExpectedChanges): void {
    this.#everything ||= other.#everything;
    for (const id of other.#services) this.#services.add(id);
    for (const [key, service] of other.#operations) this.#operations.set(key, service);
  }

  /** What others expect of services that were left alone. */
  expectStill(other: ExpectedChanges, services: ReadonlySet<ServiceId>): void {
    for (const id of services)
      if (other.#everything || other.#services.has(id)) this.#services.add(id);
    for (const [key, service] of other.#operations) {
      if (service !== undefined && services.has(service)) this.#operations.set(key, service);
    }
  }

  /** Whether nothing else can have made an operation necessary. */
  has(operation: Deed): boolean {
    const { service } = operation;
    if (this.#everything || this.#operations.has(keyOf(operation))) return true;
    return service !== undefined && this.#services.has(service);
  }
}

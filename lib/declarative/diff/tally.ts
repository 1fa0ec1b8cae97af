import type { Change, Counts, PlanSummary } from '../../../types/plan.js';

import type { Creation } from './creation.js';

type Outcome = keyof Counts;
type Counted = 'services' | 'destinations' | 'vips';

/** Counts what a plan does, and keeps what changes for people to read. */
export class Tally {
  readonly changes: (Change | Creation)[] = [];
  readonly #counts = {
    services: { add: 0, change: 0, remove: 0, unchanged: 0 },
    destinations: { add: 0, change: 0, remove: 0, unchanged: 0, drain: 0 },
    vips: { add: 0, change: 0, remove: 0, unchanged: 0 },
  };
  unmanagedServices = 0;

  count(what: Counted, outcome: Outcome, number = 1): void {
    this.#counts[what][outcome] += number;
  }

  /** Counts a destination that is taken away with time for its connections to end. */
  countDrain(): void {
    this.#counts.destinations.remove += 1;
    this.#counts.destinations.drain += 1;
  }

  /** Services that are there and that the owner may touch. */
  get managedServices(): number {
    const { change, remove, unchanged } = this.#counts.services;
    return change + remove + unchanged;
  }

  get removedServices(): number {
    return this.#counts.services.remove;
  }

  get destinations(): Readonly<Counts> {
    return this.#counts.destinations;
  }

  summary(operations: number): PlanSummary {
    return { ...this.#counts, operations, unmanagedServices: this.unmanagedServices };
  }
}

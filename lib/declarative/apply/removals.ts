import type { DestinationId } from '../../../types/destination.js';
import type { Plan, PlannedOperation } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import type { Steps } from '../document/steps.js';
import { trashTime } from '../trash.js';
import type { Outcomes } from './results.js';

/** Operations that are looked at in a step. */
const stride = 256;

/** The destinations that an owner has removed, and not added again, as long as the kernel may remember them. */
export class Removals {
  /** When each was removed, the earliest first. */
  readonly #removed = new Map<string, number>();

  /** How many there are, also of those that the kernel may have forgotten. */
  get size(): number {
    return this.#removed.size;
  }

  /** How many there are. */
  count(now: number): number {
    for (const [destination, at] of this.#removed) {
      // A clock that was set back keeps none for longer.
      if (at <= now && now < at + trashTime) break;
      this.#removed.delete(destination);
    }
    return this.#removed.size;
  }

  /** Takes note of what was done, or undone, of a plan, from one place among the outcomes on. */
  *take(
    { changes }: Pick<Plan, 'changes'>,
    { operations, results }: Outcomes,
    now: number,
    from = 0,
  ): Steps<void> {
    const removed = new Map<ServiceId, readonly DestinationId[]>();
    for (const change of changes) {
      if (change.kind === 'service' && change.after === null) {
        removed.set(
          change.service,
          change.destinations.map(({ destination }) => destination),
        );
      }
    }
    for (let place = from; place < operations.length; place += 1) {
      if (place % stride === 0) yield;
      const { op, service, destination } = operations[place] as PlannedOperation;
      const status = results[place]?.status;
      const isUndone = status === 'rolled-back';
      if (service === undefined || (status !== 'ok' && !isUndone)) continue;
      if (op === 'add-dest' || op === 'del-dest') {
        this.#note(service, destination, (op === 'del-dest') !== isUndone, now);
      } else if (op === 'del-service') {
        for (const each of removed.get(service) ?? []) this.#note(service, each, !isUndone, now);
      }
    }
  }

  #note(service: ServiceId, destination: string | undefined, isGone: boolean, now: number): void {
    if (!isGone && this.#removed.size === 0) return;
    const name = `${service} -> ${destination}`;
    this.#removed.delete(name);
    if (isGone) this.#removed.set(name, now);
  }
}

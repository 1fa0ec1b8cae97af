import type { PlannedOperation } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';

/** Cycles that are looked back on. */
const span = 10;
/** So many times within them is too often. */
const limit = 3;

/** Notices services of which somebody keeps changing a field back. */
export class Flapping {
  /** The cycles in which a field was set back. */
  readonly #seen = new Map<string, number[]>();
  /** Services that flapped and have not been found unchanged since. */
  readonly #flapping = new Set<ServiceId>();

  /** Takes note of what is set back in a cycle; answers the services of which that has been too often. */
  note(operations: readonly PlannedOperation[], cycle: number): Set<ServiceId> {
    const services = new Set<ServiceId>();
    for (const operation of operations) {
      const { service } = operation;
      const isTooOften = this.#count(operation, cycle);
      if (service === undefined) continue;
      if (isTooOften) this.#flapping.add(service);
      if (this.#flapping.has(service)) services.add(service);
    }
    this.#prune(cycle);
    return services;
  }

  /** A service was looked at, and nobody had changed it. */
  calm(service: ServiceId): void {
    this.#flapping.delete(service);
  }

  clear(): void {
    this.#seen.clear();
    this.#flapping.clear();
  }

  #count(operation: PlannedOperation, cycle: number): boolean {
    let isTooOften = false;
    for (const key of keysOf(operation)) {
      const cycles = (this.#seen.get(key) ?? []).filter((before) => cycle - before < span);
      cycles.push(cycle);
      isTooOften ||= cycles.length >= limit;
      this.#seen.set(key, cycles);
    }
    return isTooOften;
  }

  /** Forgets what was too long ago. */
  #prune(cycle: number): void {
    for (const [key, cycles] of this.#seen) {
      if (cycle - (cycles.at(-1) ?? 0) >= span) this.#seen.delete(key);
    }
  }
}

function keysOf({ op, service, destination, address, fields }: PlannedOperation): string[] {
  const target = `${service ?? address ?? ''} ${destination ?? ''}`;
  return fields.length === 0
    ? [`${op} ${target}`]
    : fields.map(({ path, after }) => `${target} ${path} ${JSON.stringify(after)}`);
}

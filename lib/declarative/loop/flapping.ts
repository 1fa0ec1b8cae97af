import type { PlannedOperation } from '../../../types/plan.js';

/** Cycles that are looked back on. */
const span = 10;
/** So many times within them is too often. */
const limit = 3;

/** Notices fields that somebody else keeps changing back. */
export class Flapping {
  readonly #seen = new Map<string, number[]>();

  /** Takes note of a field that was set back in a cycle; true when that has been too often. */
  note(operation: PlannedOperation, cycle: number): boolean {
    let isFlapping = false;
    for (const key of keysOf(operation)) {
      const cycles = (this.#seen.get(key) ?? []).filter((before) => cycle - before < span);
      cycles.push(cycle);
      isFlapping ||= cycles.length >= limit;
      this.#seen.set(key, cycles);
    }
    return isFlapping;
  }

  /** Forgets what was too long ago. */
  prune(cycle: number): void {
    for (const [key, cycles] of this.#seen) {
      if (cycle - (cycles.at(-1) ?? 0) >= span) this.#seen.delete(key);
    }
  }

  clear(): void {
    this.#seen.clear();
  }
}

function keysOf({ op, service, destination, address, fields }: PlannedOperation): string[] {
  const target = `${service ?? address ?? ''} ${destination ?? ''}`;
  return fields.length === 0
    ? [`${op} ${target}`]
    : fields.map(({ path, after }) => `${target} ${path} ${JSON.stringify(after)}`);
}

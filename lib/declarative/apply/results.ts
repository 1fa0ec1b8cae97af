import type { OperationResult } from '../../../types/apply.js';
import type { PlannedOperation } from '../../../types/plan.js';
import { nameResult, type Result } from './operation-result.js';

/** Operations, and at the same places what became of each; those that travelled together share one result. */
export interface Outcomes {
  readonly operations: readonly PlannedOperation[];
  readonly results: readonly Result[];
}

export const noOutcomes: Outcomes = { operations: [], results: [] };

/** Looks at each operation, and what became of it. */
export function forEachOutcome(
  { operations, results }: Outcomes,
  look: (operation: PlannedOperation, result: Result) => void,
): void {
  operations.forEach((operation, place) => {
    look(operation, results[place] as Result);
  });
}

/** What became of each operation, with its name. */
export function namedResults({ operations, results }: Outcomes): OperationResult[] {
  return operations.map((operation, place) => nameResult(operation, results[place] as Result));
}

/** The outcomes that pass. */
export function outcomesIf(
  outcomes: Outcomes,
  passes: (operation: PlannedOperation, result: Result) => boolean,
): Outcomes {
  const chosen = { operations: [] as PlannedOperation[], results: [] as Result[] };
  forEachOutcome(outcomes, (operation, result) => {
    if (!passes(operation, result)) return;
    chosen.operations.push(operation);
    chosen.results.push(result);
  });
  return chosen;
}

/** How often all operations are looked through, before they are kept by name. */
const mostLooks = 4;

/**
 * What became of the operations of a run, in their order. There can be very many, and nearly always they end in that order,
 * and are asked for in it; a map of their names would take more memory and time than all else here.
 */
export class Results {
  readonly #operations: readonly PlannedOperation[];
  readonly #results: (Result | undefined)[];
  /** Where the next operation stands that ends in turn. */
  #next = 0;
  /** Where the last one stands that was asked for, and how many were looked at. */
  #found = 0;
  #looks = 0;
  #places: ReadonlyMap<string, number> | undefined;

  constructor(operations: readonly PlannedOperation[]) {
    this.#operations = operations;
    this.#results = new Array<Result | undefined>(operations.length).fill(undefined);
  }

  set(operation: PlannedOperation, result: Result): void {
    const isInTurn = this.#operations[this.#next] === operation;
    const place = isInTurn ? this.#next : (this.#placeOf(operation.id) as number);
    this.#results[place] = result;
    this.#next = place + 1;
  }

  get(id: string): Result | undefined {
    const place = this.#placeOf(id);
    return place === undefined ? undefined : this.#results[place];
  }

  /** The operation of that name. */
  operation(id: string): PlannedOperation | undefined {
    const place = this.#placeOf(id);
    return place === undefined ? undefined : this.#operations[place];
  }

  /** Those that have ended, or wait. */
  get outcomes(): Outcomes {
    const [operations, results] = [this.#operations, this.#results];
    if (results.every((result) => result !== undefined)) return { operations, results };
    return {
      operations: operations.filter((_, place) => results[place] !== undefined),
      results: results.filter((result) => result !== undefined),
    };
  }

  #placeOf(id: string): number | undefined {
    const { length } = this.#operations;
    while (this.#looks < mostLooks * length) {
      if (this.#operations[this.#found]?.id === id) return this.#found;
      this.#looks += 1;
      this.#found = (this.#found + 1) % length;
    }
    this.#places ??= new Map(this.#operations.map((operation, place) => [operation.id, place]));
    return this.#places.get(id);
  }
}

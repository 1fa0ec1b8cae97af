import type { ApplyReport, DrainResult, OperationResult } from '../../../types/apply.js';
import type { Diagnostic, Plan } from '../../../types/plan.js';
import type { Snapshot } from '../../../types/snapshot.js';
import type { Drains } from './drains.js';
import type { Outcome } from './operation-result.js';
import { cancelledDrains, makeReport } from './report.js';
import type { RolledBack } from './rollback.js';
import type { Run } from './run.js';

/** What the rounds of a run have come to. */
export class Account {
  #outcomes: Outcome[] = [];
  readonly #drains: DrainResult[] = [];
  readonly #diagnostics: Diagnostic[] = [];

  get outcomes(): readonly Outcome[] {
    return this.#outcomes;
  }

  /** Something is to be known besides. */
  note(...diagnostics: readonly Diagnostic[]): void {
    this.#diagnostics.push(...diagnostics);
  }

  /** Takes in a round after which there is another: what it left pending is part of that. */
  takeRound(run: Run, plan: Plan, drains: Drains, actual: Snapshot | undefined): void {
    const outcomes = outcomesOf(run, plan);
    this.#takeOutcomes(outcomes, ({ status }) => status !== 'pending');
    this.#takeDrains(outcomes, drains, actual, ({ outcome }) => outcome !== 'pending');
  }

  /** Takes in the last round. */
  takeEnd(run: Run, plan: Plan, drains: Drains, actual: Snapshot | undefined): void {
    const outcomes = outcomesOf(run, plan);
    this.#takeOutcomes(outcomes);
    this.#takeDrains(outcomes, drains, actual);
  }

  /** Takes in a round that did not come to its end. */
  takeFragment(run: Run, plan: Plan): void {
    this.#takeOutcomes(outcomesOf(run, plan));
  }

  /** Takes in what was undone of all rounds. */
  takeRollback({ outcomes, diagnostics }: RolledBack): void {
    this.#outcomes = [...outcomes];
    this.note(...diagnostics);
  }

  /** What was done should have been undone, and nothing can be any more. */
  failRollback(): void {
    this.#outcomes = this.#outcomes.map(({ operation, result }) =>
      result.status === 'ok'
        ? { operation, result: { ...result, status: 'rollback-failed' } }
        : { operation, result },
    );
  }

  /** The report; `left` is what would still have to be done, where that is known. */
  report(plan: Plan, rounds: number, left: Plan | undefined): ApplyReport {
    const [outcomes, drains, diagnostics] = [this.#outcomes, this.#drains, this.#diagnostics];
    return makeReport({ plan, rounds, outcomes, drains, diagnostics, left });
  }

  #takeOutcomes(
    outcomes: readonly Outcome[],
    isTaken: (result: OperationResult) => boolean = () => true,
  ): void {
    outcomes.forEach((outcome) => {
      if (isTaken(outcome.result)) this.#outcomes.push(outcome);
    });
  }

  #takeDrains(
    outcomes: readonly Outcome[],
    drains: Drains,
    actual: Snapshot | undefined,
    isTaken: (drain: DrainResult) => boolean = () => true,
  ): void {
    for (const drain of drains.results.values()) if (isTaken(drain)) this.#drains.push(drain);
    for (const drain of cancelledDrains(outcomes, actual)) this.#drains.push(drain);
  }
}

/** In the order of the plan. */
function outcomesOf({ results }: Run, { operations }: Plan): Outcome[] {
  const outcomes: Outcome[] = [];
  // There can be very many, and in a function that is called rarely every turn of a loop makes an object for the iterator.
  operations.forEach((operation) => {
    const result = results.get(operation.id);
    if (result !== undefined) outcomes.push({ operation, result });
  });
  return outcomes;
}

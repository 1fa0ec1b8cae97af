import type { ApplyReport, DrainResult } from '../../../types/apply.js';
import type { Diagnostic, Plan } from '../../../types/plan.js';
import type { Snapshot } from '../../../types/snapshot.js';
import type { Drains } from './drains.js';
import { cancelledDrains, makeReport } from './report.js';
import { noOutcomes, type Outcomes, outcomesIf } from './results.js';
import type { RolledBack } from './rollback.js';
import type { Run } from './run.js';

/** What the rounds of a run have come to. */
export class Account {
  #outcomes = noOutcomes;
  readonly #drains: DrainResult[] = [];
  readonly #diagnostics: Diagnostic[] = [];

  get outcomes(): Outcomes {
    return this.#outcomes;
  }

  /** Something is to be known besides. */
  note(...diagnostics: readonly Diagnostic[]): void {
    this.#diagnostics.push(...diagnostics);
  }

  /** Takes in a round after which there is another: what it left pending is part of that. */
  takeRound(run: Run, drains: Drains, actual: Snapshot | undefined): void {
    const { outcomes } = run.results;
    this.#takeOutcomes(outcomesIf(outcomes, (_, { status }) => status !== 'pending'));
    this.#takeDrains(run, drains, actual, ({ outcome }) => outcome !== 'pending');
  }

  /** Takes in the last round. */
  takeEnd(run: Run, drains: Drains, actual: Snapshot | undefined): void {
    this.#takeOutcomes(run.results.outcomes);
    this.#takeDrains(run, drains, actual);
  }

  /** Takes in a round that did not come to its end. */
  takeFragment({ results }: Run): void {
    this.#takeOutcomes(results.outcomes);
  }

  /** Takes in what was undone of all rounds. */
  takeRollback({ outcomes, diagnostics }: RolledBack): void {
    this.#outcomes = outcomes;
    this.note(...diagnostics);
  }

  /** What was done should have been undone, and nothing can be any more. */
  failRollback(): void {
    const { operations, results } = this.#outcomes;
    this.#outcomes = {
      operations,
      results: results.map((result) =>
        result.status === 'ok' ? { ...result, status: 'rollback-failed' } : result,
      ),
    };
  }

  /** The report; `left` is what would still have to be done, where that is known. */
  report(plan: Plan, rounds: number, left: Plan | undefined): ApplyReport {
    const [outcomes, drains, diagnostics] = [this.#outcomes, this.#drains, this.#diagnostics];
    return makeReport({ plan, rounds, outcomes, drains, diagnostics, left });
  }

  #takeOutcomes(more: Outcomes): void {
    const { operations, results } = this.#outcomes;
    this.#outcomes =
      results.length === 0
        ? more
        : {
            operations: operations.concat(more.operations),
            results: results.concat(more.results),
          };
  }

  #takeDrains(
    run: Run,
    drains: Drains,
    actual: Snapshot | undefined,
    isTaken: (drain: DrainResult) => boolean = () => true,
  ): void {
    for (const drain of drains.results.values()) if (isTaken(drain)) this.#drains.push(drain);
    for (const drain of cancelledDrains(run, actual)) this.#drains.push(drain);
  }
}

import type { Clock } from '../../../types/clock.js';
import type { Plan } from '../../../types/plan.js';
import { runInSlices } from '../document/steps.js';
import { noteAdditions } from '../trash.js';
import type { Account } from './account.js';
import { Removals } from './removals.js';

/** Keeps in mind what a run removes, and says when it adds many while the kernel still remembers that. */
export class TrashNotes {
  readonly #removals: Removals;
  readonly #account: Account;
  readonly #clock: Clock;
  /** Outcomes that have been looked at. */
  #seen = 0;

  /** `removals` has those of earlier runs. */
  constructor(removals: Removals, account: Account, clock: Clock) {
    this.#removals = removals;
    this.#account = account;
    this.#clock = clock;
  }

  /** Looks at what came of a plan. */
  async take(plan: Plan): Promise<void> {
    const { outcomes } = this.#account;
    const from = this.#seen;
    this.#seen = outcomes.results.length;
    const { services, destinations } = plan.summary;
    // Where nothing is removed, nothing can be added again.
    if (services.remove + destinations.remove + this.#removals.size === 0) return;
    await runInSlices(this.#removals.take(plan, outcomes, this.#clock.now(), from));
  }

  /** Before a further round. */
  noteRound({ operations }: Plan): void {
    this.#note(operations.filter(({ op }) => op === 'add-dest').length);
  }

  /** Before a run is rolled back: all that it removed is added again. */
  async noteRollback(plan: Plan): Promise<void> {
    // All of them have been taken already.
    if (this.#removals.size === 0) return;
    const own = new Removals();
    const now = this.#clock.now();
    await runInSlices(own.take(plan, this.#account.outcomes, now));
    this.#note(own.count(now));
  }

  /** Looks at everything again, when it has been rolled back. */
  takeRollback(plan: Plan): Promise<void> {
    this.#seen = 0;
    return this.take(plan);
  }

  #note(added: number): void {
    this.#account.note(...noteAdditions(added, this.#removals.count(this.#clock.now())));
  }
}

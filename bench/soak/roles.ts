// What the processes that write to one table say to each other.
import type { Sample } from './samples.js';
import type { Part } from './tables.js';
import type { Outcomes } from './tally.js';

/** How a process does its part of a step. */
export type Role =
  /** Calls `reconcile` over and over. */
  | 'reconcile'
  /** Has a `Reconciler` work. */
  | 'reconciler'
  /** Adds and removes by chance. */
  | 'disturb';

/** What a process is told. */
export type Order =
  | { readonly order: 'begin'; readonly role: Role; readonly part: Part; readonly seed: number }
  /** Nobody disturbs any more: bring it to what it should be. Who disturbs stands still. */
  | { readonly order: 'settle' };

/** What a process answers: how the step went for it. */
export interface StepOutcome {
  /** Whether all was as it should be in the end. */
  readonly converged: boolean;
  /** What must not happen. */
  readonly faults: readonly string[];
  readonly outcomes: Outcomes;
  readonly sample: Sample;
}

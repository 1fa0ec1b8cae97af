import type { FactName, Facts, Known } from './facts.js';

/**
 * How bad it is. `error`: something does not work; `warning`: something will not work for some, or some day; `note`: worth
 * knowing.
 */
export type Severity = 'error' | 'warning' | 'note';

/** Something that was found. */
export interface Trouble {
  /** What it is about: a service, a destination, a device; absent for the whole. */
  readonly subject?: string;
  /** What was seen. */
  readonly seen: string;
  /** What to do. */
  readonly remedy: string;
  /** The command that does it, as it is run inside the network namespace. */
  readonly command?: string;
}

/** Looks for one kind of trouble. Knows only the facts that it names. */
export interface Check {
  readonly code: string;
  readonly severity: Severity;
  /** When it is found, for the list of checks. */
  readonly when: string;
  /** Why it matters. */
  readonly why: string;
  readonly needs: readonly FactName[];
  find(facts: Facts): readonly Trouble[];
}

/** A check that is handed the facts it names. It is not run where one of them could not be found out. */
export function defineCheck<const Name extends FactName>(
  check: Omit<Check, 'needs' | 'find'> & {
    readonly needs: readonly Name[];
    find(facts: Known<Name>): readonly Trouble[];
  },
): Check {
  return { ...check, find: (facts) => check.find(facts as Facts & Known<Name>) };
}

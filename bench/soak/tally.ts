/** How often calls ended in which way: `done`, or the code or name of an error. */
export type Outcomes = Readonly<Record<string, number>>;

/** Counts calls, and how they ended. */
export class Tally {
  /** How many have ended. */
  done = 0;
  readonly #outcomes = new Map<string, number>();

  /** Waits for calls of which some fail on purpose. */
  async all(calls: readonly Promise<unknown>[]): Promise<void> {
    for (const outcome of await Promise.allSettled(calls)) {
      this.count(outcome.status === 'fulfilled' ? 'done' : nameOf(outcome.reason));
    }
  }

  count(outcome: string): void {
    this.done += 1;
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }

  get outcomes(): Outcomes {
    return Object.fromEntries(this.#outcomes);
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as Error & { readonly code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

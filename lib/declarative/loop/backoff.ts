const shortest = 1000;
const longest = 5 * 60_000;

/** Waits longer each time something fails again: from a second to five minutes. */
export class Backoff<Key> {
  readonly #delays = new Map<Key, { delay: number; until: number }>();

  /** Something has failed, again or for the first time; answers how long it is left alone. */
  fail(key: Key, now: number): number {
    const delay = Math.min(longest, (this.#delays.get(key)?.delay ?? shortest / 2) * 2);
    this.#delays.set(key, { delay, until: now + delay });
    return delay;
  }

  succeed(key: Key): void {
    this.#delays.delete(key);
  }

  /** Forgets all that has failed. */
  clear(): void {
    this.#delays.clear();
  }

  /** What has failed and not succeeded since, whether it is left alone or not. */
  get failing(): Key[] {
    return [...this.#delays.keys()];
  }

  /** Whether it is to be left alone. */
  holds(key: Key, now: number): boolean {
    const entry = this.#delays.get(key);
    return entry !== undefined && now < entry.until;
  }

  /** What is left alone, and until when. */
  entries(now: number): [Key, number][] {
    return [...this.#delays].flatMap(([key, { until }]): [Key, number][] =>
      now < until ? [[key, until]] : [],
    );
  }

  /** When the first is tried again; `undefined` when nothing is left alone. */
  next(now: number): number | undefined {
    let next: number | undefined;
    for (const [, until] of this.entries(now)) if (until < (next ?? Infinity)) next = until;
    return next;
  }
}

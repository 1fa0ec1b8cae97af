/** Lets so many cycles begin at once, and after that one in each interval. */
export class Pace {
  readonly #interval: number;
  readonly #burst: number;
  /** How many can begin at once; below 0 where some wait for their turn. */
  #free: number;
  #countedAt: number;

  constructor(interval: number, burst: number, now: number) {
    this.#interval = interval;
    this.#burst = burst;
    this.#free = burst;
    this.#countedAt = now;
  }

  /** Takes a turn at a moment; answers how many milliseconds later it comes. */
  take(at: number): number {
    if (this.#interval === 0) return 0;
    const earned = (at - this.#countedAt) / this.#interval;
    this.#free = Math.min(this.#burst, this.#free + Math.max(0, earned)) - 1;
    this.#countedAt = Math.max(this.#countedAt, at);
    return this.#free >= 0 ? 0 : Math.ceil(-this.#free * this.#interval);
  }
}

/** Lets so many cycles begin at once, and after that one in each interval. */
export class Pace {
  readonly #interval: number;
  readonly #burst: number;
  #tokens: number;
  #since: number;

  constructor(interval: number, burst: number, now: number) {
    this.#interval = interval;
    this.#burst = burst;
    this.#tokens = burst;
    this.#since = now;
  }

  /** Takes a place; answers after how many milliseconds it comes. */
  take(now: number): number {
    if (this.#interval === 0) return 0;
    const earned = (now - this.#since) / this.#interval;
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, earned)) - 1;
    this.#since = now;
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens * this.#interval);
  }
}

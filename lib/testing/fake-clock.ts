import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../types/clock.js';

/** The beginning of 2025. */
const defaultStart = 1_735_689_600_000;

/** Turns of the event loop without a call or a sleep after which nothing more is expected to happen by itself. */
const quietTurns = 10;

interface Sleeper {
  readonly wakesAt: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test turns it. */
export class FakeClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];
  #stirs = 0;

  /** `start`: milliseconds since 1970; by default the beginning of 2025. */
  constructor(start = defaultStart) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.stir();
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const sleeper: Sleeper = {
        wakesAt: this.#now + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  /** How many sleep at the moment. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /**
   * Turns the clock on by so many milliseconds. Whoever sleeps until a moment on the way is woken at that moment, and
   * the clock stands still until what that sets off has come to rest.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.wakesAt);
      next.wake();
      await this.settle();
    }
    this.#now = Math.max(this.#now, end);
    await this.settle();
  }

  /** Waits, without turning the clock, until nobody has called the fake kernel or gone to sleep for some turns of the event loop. */
  async settle(): Promise<void> {
    let seen = this.#stirs;
    for (let quiet = 0; quiet < quietTurns; quiet += 1) {
      await nextTurn();
      if (this.#stirs === seen) continue;
      seen = this.#stirs;
      quiet = 0;
    }
  }

  /** Says that something is still going on. */
  stir(): void {
    this.#stirs += 1;
  }

  /** Takes out who wakes first, if that is not after `end`. */
  #next(end: number): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.wakesAt > end) continue;
      if (first === undefined || sleeper.wakesAt < first.wakesAt) first = sleeper;
    }
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== first);
    return first;
  }
}

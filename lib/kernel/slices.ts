import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longest time the event loop is kept from other work, in milliseconds. */
const longest = 4;

/** Cuts long work into slices, so that it holds nothing up. */
export class Slices {
  #started = performance.now();

  /** Gives the event loop its turn when the present slice has been long enough. */
  async cut(): Promise<void> {
    if (performance.now() - this.#started <= longest) return;
    await nextTurn();
    this.#started = performance.now();
  }
}

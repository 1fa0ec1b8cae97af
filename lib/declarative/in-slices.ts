import { Slices } from '../kernel/slices.js';

/** Runs steps to their end, and lets the event loop have its turns in between. */
export async function inSlices<Result>(steps: Generator<void, Result>): Promise<Result> {
  const slices = new Slices();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await slices.cut();
  }
}

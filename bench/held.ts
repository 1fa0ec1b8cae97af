import { median } from './measure.js';

/** Bytes that what something makes takes up while it is held: the median of some rounds, before which one warms up. */
export async function measureHeld(make: () => Promise<object>, rounds: number): Promise<number> {
  const sizes: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const bytes = await measureOnce(make);
    if (round > 0) sizes.push(bytes);
  }
  return median(sizes);
}

/** A function of its own, so that nothing outlives its round. */
async function measureOnce(make: () => Promise<object>): Promise<number> {
  const before = await used();
  const made = await make();
  const after = await used();
  // It is held until here.
  if (Object.keys(made).length === 0) throw new Error('there is nothing in it');
  return after - before;
}

/** Bytes in use after everything that can go has gone. */
async function used(): Promise<number> {
  // Array buffers that one collection found go in the background, until the next.
  for (let times = 0; times < 2; times += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

import { Slices } from '../../kernel/slices.js';

/**
 * How many calls are on their way at once: enough to keep the backend busy while answers are looked at. An `Ipvs` has at
 * most 256 of them with the kernel, so that acknowledgements do not overflow its socket.
 */
export const mostInFlight = 1024;

/** Calls that are made between two looks at the time. */
const stride = 32;

/**
 * Starts work on each item in order, a limited number at once, and waits until all of it is done. When one throws, no
 * other is begun, and the error comes when those under way are over.
 */
export async function inFlight<Item>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<void>,
  limit = mostInFlight,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const slices = new Slices();
  const errors: unknown[] = [];
  // All wait for the same turn: one after the other they would each take a slice of it.
  let cutting: Promise<void> | undefined;
  const cut = () => {
    cutting ??= slices.cut().finally(() => {
      cutting = undefined;
    });
    return cutting;
  };
  let begun = 0;
  const worker = async () => {
    while (errors.length === 0) {
      begun += 1;
      if (cutting !== undefined || begun % stride === 0) await cut();
      const next = iterator.next();
      if (next.done) return;
      await work(next.value).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (errors.length > 0) throw errors[0];
}

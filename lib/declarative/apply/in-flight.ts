import { Slices } from '../../kernel/slices.js';

/** How many requests are on their way at once: far more would overflow a socket with acknowledgements. */
export const mostInFlight = 64;

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
  const worker = async () => {
    while (errors.length === 0) {
      await cut();
      const next = iterator.next();
      if (next.done) return;
      await work(next.value).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (errors.length > 0) throw errors[0];
}

/** How many requests are on their way at once: far more would overflow a socket with acknowledgements. */
const most = 64;

/** Starts work on each item in order, a limited number at once, and waits until all of it is done. */
export async function inFlight<Item>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const workers = Array.from({ length: most }, async () => {
    for (;;) {
      const next = iterator.next();
      if (next.done) return;
      await work(next.value);
    }
  });
  await Promise.all(workers);
}

/**
 * A reading that many can ask for at once: those who ask while one is under way share the next, so that none gets what
 * was read before it asked.
 */
export function sharedRead<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let next: Promise<Value> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    next ??= last.then(() => {
      next = undefined;
      return read();
    });
    last = next.catch(() => {});
    return next;
  };
}

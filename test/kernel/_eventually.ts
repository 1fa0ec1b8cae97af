import { setTimeout as wait } from 'node:timers/promises';

/** Reads until it holds, for at most 20 seconds, and returns what was read last: the kernel takes stock every two. */
export async function eventually<Value>(
  read: () => Promise<Value>,
  holds: (value: Value) => boolean,
): Promise<Value> {
  const end = Date.now() + 20_000;
  for (;;) {
    const value = await read();
    if (holds(value) || Date.now() > end) return value;
    await wait(400);
  }
}

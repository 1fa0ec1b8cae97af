import type { CallOptions } from '../../../types/config.js';
import type { Lazy } from '../../../types/lazy.js';
import { checkSignal } from '../options.js';
import { Slices } from '../slices.js';

/** Objects that are made between two looks at the time. */
const stride = 256;

/** The plain objects of lazy ones, made in slices that leave the event loop its turns. */
export async function toObjects<Value>(
  list: readonly Lazy<Value>[],
  options?: CallOptions,
): Promise<Value[]> {
  const signal = checkSignal(options);
  const slices = new Slices();
  const objects: Value[] = [];
  for (const [index, each] of list.entries()) {
    if (index % stride === 0) {
      await slices.cut();
      signal?.throwIfAborted();
    }
    objects.push(each.toObject());
  }
  return objects;
}

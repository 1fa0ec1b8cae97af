import { Slices } from '../../kernel/slices.js';

/**
 * How many calls are on their way at once: enough to keep the backend busy while answers are looked at. An `Ipvs` has at
 * most 256 of them with the kernel, so that acknowledgements do not overflow its socket.
 */
export const mostInFlight = 2048;

/** Calls that are made between two looks at the time. */
const stride = 32;

/**
 * Starts work on each item in order, a limited number at once, and waits until all of it is done; where there is nothing
 * to wait for, `work` returns `undefined`. When one throws, or what the items come from, no other is begun, and the error
 * comes when those under way are over.
 */
export async function inFlight<Item>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<void> | undefined,
  limit = mostInFlight,
): Promise<void> {
  const slices = new Slices();
  const errors: unknown[] = [];
  let begun = 0;
  let underWay = 0;
  let wake = () => {};
  const oneIsOver = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const isOver = () => {
    underWay -= 1;
    wake();
  };
  const hasFailed = (error: unknown) => {
    errors.push(error);
    isOver();
  };
  const begin = (item: Item) => {
    const working = work(item);
    if (working === undefined) return;
    underWay += 1;
    working.then(isOver, hasFailed);
  };
  try {
    for (const item of items) {
      begun += 1;
      if (begun % stride === 0) await slices.cut();
      if (underWay >= limit) await oneIsOver();
      if (errors.length > 0) break;
      begin(item);
    }
  } catch (error) {
    errors.push(error);
  }
  while (underWay > 0) await oneIsOver();
  if (errors.length > 0) throw errors[0];
}

import { Slices } from '../../kernel/slices.js';

/** Long work in short steps, each far below a millisecond; answers when it is done. */
export type Steps<Result> = Generator<void, Result, void>;

/** Runs all steps at once. */
export function runSteps<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Steps between two looks at the clock, each of which takes longer than a short step. */
const stepsPerLook = 16;

/** Runs the steps in slices that leave the event loop its turns. */
export async function runInSlices<Result>(steps: Steps<Result>): Promise<Result> {
  const slices = new Slices();
  for (let count = 1; ; count += 1) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (count % stepsPerLook === 0) await slices.cut();
  }
}

/** Comparisons, or a few times as many, that make a step. */
const stride = 256;

/** The items in order; what is equal stays in the order it had. */
export function* sortSteps<Item>(
  items: readonly Item[],
  compare: (first: Item, second: Item) => number,
): Steps<Item[]> {
  let runs: Item[][] = [];
  for (let start = 0; start < items.length; start += stride) {
    const run = items.slice(start, start + stride).sort(compare);
    const before = runs.at(-1);
    // Nearly always all is in order already.
    if (before !== undefined && compare(before.at(-1) as Item, run[0] as Item) <= 0) {
      for (const item of run) before.push(item);
    } else runs.push(run);
    yield;
  }
  while (runs.length > 1) {
    const merged: Item[][] = [];
    for (let index = 0; index < runs.length; index += 2) {
      const [first = [], second = []] = runs.slice(index, index + 2);
      merged.push(yield* mergeSteps(first, second, compare));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

function* mergeSteps<Item>(
  first: readonly Item[],
  second: readonly Item[],
  compare: (first: Item, second: Item) => number,
): Steps<Item[]> {
  const merged: Item[] = [];
  const total = first.length + second.length;
  let taken = 0;
  for (let index = 0; index < total; index += 1) {
    const one = first[taken];
    const other = second[index - taken];
    if (one !== undefined && (other === undefined || compare(one, other) <= 0)) {
      merged.push(one);
      taken += 1;
    } else if (other !== undefined) {
      merged.push(other);
    }
    if (index % stride === 0) yield;
  }
  return merged;
}

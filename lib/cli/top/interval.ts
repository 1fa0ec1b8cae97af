import { InvalidArgumentError } from 'commander';

/** Milliseconds that the keys choose among. */
const steps = [500, 1000, 2000, 5000, 10_000, 30_000, 60_000] as const;

const shortest = steps[0];
const longest = 3_600_000;

/** The kernel refreshes its counters as often. */
export const defaultInterval = 2000;

/** Reads seconds, 0.5 to 3600, as milliseconds. */
export function parseInterval(text: string): number {
  const milliseconds = Math.round(Number(text) * 1000);
  if (/^\d+(\.\d+)?$/.test(text) && milliseconds >= shortest && milliseconds <= longest) {
    return milliseconds;
  }
  throw new InvalidArgumentError(
    `Expected seconds from ${shortest / 1000} to ${longest / 1000}, such as 2.`,
  );
}

export function shorterInterval(interval: number): number {
  return steps.findLast((step) => step < interval) ?? interval;
}

export function longerInterval(interval: number): number {
  return steps.find((step) => step > interval) ?? interval;
}

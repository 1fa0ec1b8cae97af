import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemCalls } from './system-calls.js';

/** What one piece of work took. */
export interface Measurement {
  readonly milliseconds: number;
  /** The longest time the event loop was kept from other work, in milliseconds; absent where the work is another program's. */
  readonly stall?: number;
  /** System calls that carried messages or read files. */
  readonly calls?: number;
}

/** Does a piece of work and measures it, and how long a timer of 1 ms had to wait for its turn. */
export async function measure(work: () => unknown): Promise<Measurement> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let ticked = performance.now();
  let longest = 0;
  const tick = () => {
    const now = performance.now();
    longest = Math.max(longest, now - ticked - 1);
    ticked = now;
  };
  const ticker = setInterval(tick, 1);
  delay.enable();
  const callsBefore = systemCalls();
  const started = performance.now();
  await work();
  const milliseconds = performance.now() - started;
  const calls = systemCalls() - callsBefore;
  // What kept the loop busy to the end shows when it next comes round.
  await new Promise((resolve) => setTimeout(resolve, 5));
  tick();
  delay.disable();
  clearInterval(ticker);
  return { milliseconds, calls, stall: Math.max(longest, delay.max / 1e6 - 1) };
}

/** The middle one of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((first, second) => first - second);
  return sorted[sorted.length >> 1] as number;
}

/** How far the middle half of some numbers lies apart, as a part of their median. */
export function spread(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((first, second) => first - second);
  const at = (part: number) => sorted[Math.round((sorted.length - 1) * part)] as number;
  return (at(0.75) - at(0.25)) / median(numbers);
}

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemCalls } from './system-calls.js';

/** What one piece of work took. */
export interface Measurement {
  readonly milliseconds: number;
  /** The longest time the event loop was kept from other work, in milliseconds; absent where nobody looked. */
  readonly stall?: number;
  /** System calls that carried messages or read files. */
  readonly calls?: number;
}

let isWatched = false;

/** From here on {@link measure} looks at the event loop, or does not. */
export function watchLoop(watched: boolean): void {
  isWatched = watched;
}

/** Whether {@link measure} looks at it. */
export function isLoopWatched(): boolean {
  return isWatched;
}

/** Does a piece of work and measures it. */
export function measure(work: () => unknown): Promise<Measurement> {
  return isWatched ? measureWatched(work) : measureAlone(work);
}

async function measureAlone(work: () => unknown): Promise<Measurement> {
  const callsBefore = systemCalls();
  const started = performance.now();
  await work();
  const milliseconds = performance.now() - started;
  return { milliseconds, calls: systemCalls() - callsBefore };
}

/** Also measures how long a timer of 1 ms had to wait for its turn, which takes time by itself. */
async function measureWatched(work: () => unknown): Promise<Measurement> {
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
  const measured = await measureAlone(work);
  // What kept the loop busy to the end shows when it next comes round.
  await new Promise((resolve) => setTimeout(resolve, 5));
  tick();
  delay.disable();
  clearInterval(ticker);
  return { ...measured, stall: Math.max(longest, delay.max / 1e6 - 1) };
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

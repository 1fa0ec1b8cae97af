import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What one piece of work took. */
export interface Measurement {
  readonly milliseconds: number;
  /** The longest time the event loop was kept from other work, in milliseconds. */
  readonly stall: number;
}

/** Does a piece of work and measures it. */
export async function measure(work: () => Promise<unknown>): Promise<Measurement> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const started = performance.now();
  await work();
  const milliseconds = performance.now() - started;
  // What kept the loop busy to the end shows when it next comes round.
  await new Promise((resolve) => setTimeout(resolve, 5));
  delay.disable();
  return { milliseconds, stall: delay.max / 1e6 };
}

/** The middle one of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((first, second) => first - second);
  return sorted[sorted.length >> 1] as number;
}

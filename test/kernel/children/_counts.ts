import { readdirSync } from 'node:fs';

/** What a process can leak: open file descriptors and threads. */
export interface Counts {
  readonly descriptors: number;
  readonly threads: number;
}

export function count(): Counts {
  return {
    // The descriptor that reads the folder counts itself each time.
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
  };
}

/** Waits until the counts have come down to `goal`, at most so long; returns the last ones. */
export async function settle(goal: Counts, milliseconds = 10_000): Promise<Counts> {
  const end = Date.now() + milliseconds;
  for (;;) {
    globalThis.gc?.();
    const now = count();
    const settled = now.descriptors <= goal.descriptors && now.threads <= goal.threads;
    if (settled || Date.now() > end) return now;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Hands the counts to the test. */
export function report(before: Counts, after: Counts): void {
  process.stdout.write(JSON.stringify({ before, after }));
}

import type { Measurement } from './measure.js';
import { type Bench, fillTable, type Way, type Work } from './works.js';

/**
 * Measures ways of works so many times. A first round warms everything up. The ways take turns, so that what disturbs
 * one disturbs the others as well. A way that two works have in common is measured once a round for both.
 */
export async function runWorks(
  works: readonly Work[],
  bench: Bench,
  rounds: number,
): Promise<Map<Way, readonly Measurement[]>> {
  const measured = new Map<Way, readonly Measurement[]>();
  for (let round = 0; round <= rounds; round += 1) {
    const done = new Set<Way>();
    for (const { ways } of works) {
      await fillTable(bench);
      for (const way of ways) {
        if (done.has(way)) continue;
        done.add(way);
        const measurement = await way.run(bench, round);
        if (round > 0) measured.set(way, [...(measured.get(way) ?? []), measurement]);
      }
    }
  }
  return measured;
}

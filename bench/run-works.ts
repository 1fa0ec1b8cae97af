import type { Measurement } from './measure.js';
import { type TurnsOptions, takeTurns } from './turns.js';
import { type Bench, fillTable, type Way, type Work } from './works.js';

/** Measures ways of works. */
export async function runWorks(
  works: readonly Work[],
  bench: Bench,
  options: TurnsOptions,
): Promise<Map<Way, readonly Measurement[]>> {
  const groups = works.map((work) => ({
    before: () => fillTable(bench),
    turns: work.ways.map((way) => ({
      way,
      operations: operationsOf(work, way, bench),
      warmUp: way.warmUp,
      run: (round: number) => way.run(bench, round),
    })),
  }));
  const measured = await takeTurns(groups, options);
  return new Map([...measured].map(([{ way }, results]) => [way, results]));
}

/** How many operations one run of a way does. */
export function operationsOf(work: Work, way: Way, { size }: Bench): number {
  return way.operations?.(size) ?? work.operations(size);
}

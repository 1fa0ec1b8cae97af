import type { Measurement } from './measure.js';
import { type TurnsOptions, takeTurns } from './turns.js';
import { type Bench, fillTable, type Way, type Work } from './works.js';

/** Measures ways of works; one that two works have in common is measured once a round for both. */
export async function runWorks(
  works: readonly Work[],
  bench: Bench,
  options: TurnsOptions,
): Promise<Map<Way, readonly Measurement[]>> {
  const turns = new Map(
    works.flatMap((work) =>
      work.ways.map((way) => {
        const operations = operationsOf(work, way, bench);
        const run = (round: number) => way.run(bench, round);
        return [way, { way, operations, warmUp: way.warmUp, run }] as const;
      }),
    ),
  );
  const groups = works.map(({ ways }) => ({
    before: () => fillTable(bench),
    turns: ways.flatMap((way) => turns.get(way) ?? []),
  }));
  const measured = await takeTurns(groups, options);
  return new Map([...measured].map(([{ way }, results]) => [way, results]));
}

/** How many operations one run of a way does. */
export function operationsOf(work: Work, way: Way, { size }: Bench): number {
  return way.operations?.(size) ?? work.operations(size);
}

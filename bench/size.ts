// Measures every way of every work on a table of one size, in the network namespace that the process is in, and prints
// what came of it as JSON: a child of main.ts.
import { Ipvs } from 'ipvs';
import type { Measurement } from './measure.js';
import { summarize, type TableSummary } from './summary.js';
import { countSystemCalls } from './system-calls.js';
import { fillTable, makeBench, type Way, works } from './works.js';

const [services = 1000, destinations = 10, rounds = 5] = process.argv.slice(2).map(Number);
const size = { services, destinations };

countSystemCalls();
await using ipvs = await Ipvs.open({ timeout: 600_000 });
const bench = makeBench(size, ipvs);

const measured = new Map<Way, Measurement[]>();
// The first round warms everything up. The ways take turns, so that what disturbs one disturbs the others as well.
for (let round = 0; round <= rounds; round += 1) {
  for (const { ways } of works) {
    await fillTable(bench);
    for (const way of ways) {
      globalThis.gc?.();
      const measurement = await way.run(bench, round);
      if (round > 0) measured.set(way, [...(measured.get(way) ?? []), measurement]);
    }
  }
}

const summary: TableSummary = {
  table: `${services} x ${destinations}`,
  works: works.map(({ name, unit, operations, ways }) => ({
    work: name,
    unit,
    ways: ways.map((way) =>
      summarize(way.name, way.operations?.(size) ?? operations(size), measured.get(way) ?? []),
    ),
  })),
};
process.stdout.write(JSON.stringify(summary));

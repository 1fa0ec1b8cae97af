// Measures every way of every work on a table of one size, in the network namespace that the process is in, and prints
// what came of it as JSON: a child of main.ts.
import { Ipvs } from 'ipvs';
import { operationsOf, runWorks } from './run-works.js';
import { summarize, type TableSummary } from './summary.js';
import { countSystemCalls } from './system-calls.js';
import { makeBench, works } from './works.js';

const [services = 1000, destinations = 10, rounds = 5] = process.argv.slice(2).map(Number);
const size = { services, destinations };

countSystemCalls();
await using ipvs = await Ipvs.open({ timeout: 600_000 });
const bench = makeBench(size, ipvs);
const measured = await runWorks(works, bench, { rounds });

const summary: TableSummary = {
  table: `${services} x ${destinations}`,
  works: works.map((work) => ({
    work: work.name,
    unit: work.unit,
    ways: work.ways.map((way) =>
      summarize(way.name, operationsOf(work, way, bench), measured.get(way) ?? []),
    ),
  })),
};
process.stdout.write(JSON.stringify(summary));

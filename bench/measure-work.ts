// Measures every way of one work on a table of one size, in the network namespace that the process is in, and prints what
// came of it as JSON: a child of in-lab.ts. No work pays for the memory that another has left.
import { Ipvs } from 'ipvs';
import { operationsOf, runWorks } from './run-works.js';
import { summarize, type WorkSummary } from './summary.js';
import { countSystemCalls } from './system-calls.js';
import { makeBench, works } from './works.js';

const [name, ...numbers] = process.argv.slice(2);
const [services = 1000, destinations = 10, rounds = 5] = numbers.map(Number);
const work = works.find((each) => each.name === name);
if (work === undefined) throw new Error(`there is no work ${name}`);

countSystemCalls();
await using ipvs = await Ipvs.open({ timeout: 600_000 });
const bench = makeBench({ services, destinations }, ipvs);
const measured = await runWorks([work], bench, { rounds });

const summary: WorkSummary = {
  work: work.name,
  unit: work.unit,
  ways: work.ways.map((way) =>
    summarize(way.name, operationsOf(work, way, bench), measured.get(way) ?? []),
  ),
};
process.stdout.write(JSON.stringify(summary));

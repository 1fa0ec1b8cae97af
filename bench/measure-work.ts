// Measures every way of one work on a table of one size, in the network namespace that the process is in, and prints what
// came of it as JSON: a child of in-lab.ts. Each way has a process of its own, and pays for no memory but that which it uses
// itself.
import { Ipvs } from 'ipvs';
import { Helper } from './helper.js';
import { isLoopWatched, type Measurement } from './measure.js';
import { operationsOf, runWorks } from './run-works.js';
import { summarize, type WorkSummary } from './summary.js';
import type { AskedRun } from './way-process.js';
import { findWork, makeBench, type Way } from './works.js';

const [name, ...numbers] = process.argv.slice(2);
const [services = 1000, destinations = 10, rounds = 5] = numbers.map(Number);

const { ways, ...rest } = findWork(name);

function inProcess(way: Way): Way {
  const helper = new Helper('way-process', [rest.name, way.name, services, destinations]);
  const run = (asked: AskedRun) => helper.ask(asked) as Promise<Measurement>;
  return { ...way, warmUp: 0, run: (_, round) => run({ round, isWatched: isLoopWatched() }) };
}

const work = { ...rest, ways: ways.map(inProcess) };
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

// Goes one way of a work, in a process of its own: see measure-work.ts.
import { Ipvs } from 'ipvs';
import { apart } from './apart.js';
import { answerAsked } from './helper.js';
import { watchLoop } from './measure.js';
import { operationsOf } from './run-works.js';
import { countSystemCalls } from './system-calls.js';
import { runsToWarmUp } from './turns.js';
import { findWork, makeBench } from './works.js';

/** One run that is asked for. */
export interface AskedRun {
  readonly round: number;
  /** Whether to look at the event loop. */
  readonly isWatched: boolean;
}

/** Runs that it takes at least, and times the operations, until collections come as they will come from then on. */
const fewestRuns = 4;
const timesWarm = 5;

const [workName, name, ...numbers] = process.argv.slice(2);
const [services = 1000, destinations = 10] = numbers.map(Number);
const work = findWork(workName);
const way = work.ways.find((each) => each.name === name);
if (way === undefined) throw new Error(`there is no way ${name}`);

countSystemCalls();
const opening = Ipvs.open({ timeout: 600_000 });
const bench = opening.then((ipvs) => makeBench({ services, destinations }, ipvs));
process.once('disconnect', async () => (await opening).close());

answerAsked(async ({ round, isWatched }: AskedRun) => {
  watchLoop(isWatched);
  await apart.watchLoop(isWatched);
  const ready = await bench;
  // While others take their turns V8 lets go of memory and of compiled code. How long the loop is held up is asked of a
  // program that has other things to do, too.
  if (!isWatched && way.warmUp !== undefined) {
    const operations = operationsOf(work, way, ready);
    const runs = runsToWarmUp(timesWarm * way.warmUp, operations, fewestRuns);
    for (let count = 0; count < runs; count += 1) await way.run(ready, round);
  }
  return way.run(ready, round);
});

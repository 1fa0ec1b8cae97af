// Does one piece of work. Says how often blocks of the library's code were executed for it, and how many bytes of memory
// it took. The flags with which this is to be run are in count-javascript.ts. Without a name: says which works there are.
import { type Profiler, Session } from 'node:inspector';

const session = new Session();
session.connect();
session.post('Profiler.enable');
// Before the library is loaded: what is compiled without counters never gets any.
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
const { javascriptWorks } = await import('./javascript-works.js');

const library = new URL('../../../dist/', import.meta.url).href;

/** How often blocks of the library's code were executed since this was asked before. */
function takeBlocks(): number {
  let scripts: readonly Profiler.ScriptCoverage[] = [];
  session.post('Profiler.takePreciseCoverage', (error, { result }) => {
    if (error !== null) throw error;
    scripts = result;
  });
  return scripts
    .filter(({ url }) => url.startsWith(library))
    .flatMap(({ functions }) => functions)
    .flatMap(({ ranges }) => ranges)
    .reduce((sum, { count }) => sum + count, 0);
}

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Bytes taken by what runs. No garbage is collected meanwhile: there is room for all of it. */
function bytesOf(run: () => unknown): number {
  // What the looking takes is taken off.
  const first = usedBytes();
  const second = usedBytes();
  run();
  return usedBytes() - second - (second - first);
}

/**
 * The mean of the middle half of some numbers: a round can be a page of the heap off, or have a table of V8's own grow, and
 * some come out alternately a little higher and lower.
 */
function middle(numbers: readonly number[]): number {
  const quarter = numbers.length / 4;
  const half = numbers.toSorted((first, second) => first - second).slice(quarter, -quarter);
  return half.reduce((sum, number) => sum + number, 0) / half.length;
}

const [name] = process.argv.slice(2);
if (name === undefined) {
  console.log(JSON.stringify(Object.keys(javascriptWorks)));
} else {
  const work = javascriptWorks[name];
  if (work === undefined) throw new RangeError(`there is no work "${name}"`);
  const { items } = work;
  const run = work.prepare();
  // The first times something is compiled, and shapes of objects come to be known.
  for (let time = 0; time < 4; time += 1) {
    if (run() !== items) throw new Error(`the work "${name}" does not do what it should`);
  }
  const bytes = middle(Array.from({ length: 8 }, () => bytesOf(run)));
  takeBlocks();
  run();
  const blocks = takeBlocks();
  console.log(JSON.stringify({ items, blocks, bytes }));
}

// Measures what a snapshot of the table takes in memory, and prints it as JSON: a child of main.ts that runs with
// --expose-gc.
import { Ipvs } from 'ipvs';
import { median } from './measure.js';
import type { MemorySummary } from './summary.js';
import { fillTable, makeBench } from './works.js';

const [services = 1000, destinations = 10, rounds = 5] = process.argv.slice(2).map(Number);
await using ipvs = await Ipvs.open({ timeout: 600_000 });
await fillTable(makeBench({ services, destinations }, ipvs));

const results: MemorySummary['results'][number][] = [];
for (const lazy of [true, false]) {
  const sizes: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const bytes = await measureSnapshot(lazy);
    if (round > 0) sizes.push(bytes / (services * destinations));
  }
  results.push({
    what: lazy ? 'snapshot, lazily' : 'snapshot, plain objects',
    bytes: median(sizes),
  });
}

const summary: MemorySummary = { table: `${services} x ${destinations}`, results };
process.stdout.write(JSON.stringify(summary));

/** Bytes that a snapshot holds; a function of its own, so that none outlives its round. */
async function measureSnapshot(lazy: boolean): Promise<number> {
  const before = used();
  const snapshot = await ipvs.snapshot({ settings: false, addresses: false, lazy });
  const after = used();
  if (snapshot.services.length !== services) throw new Error('the snapshot is not whole');
  return after - before;
}

/** Bytes in use after everything that can go has gone. */
function used(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

// Measures what a snapshot of the table takes in memory, and prints it as JSON: a child of main.ts that runs with
// --expose-gc.
import { Ipvs } from 'ipvs';
import { measureHeld } from './held.js';
import type { MemorySummary } from './summary.js';
import { fillTable, makeBench, tableAlone } from './works.js';

const [services = 1000, destinations = 10, rounds = 5] = process.argv.slice(2).map(Number);
await using ipvs = await Ipvs.open({ timeout: 600_000 });
await fillTable(makeBench({ services, destinations }, ipvs));

const results: MemorySummary['results'][number][] = [];
for (const lazy of [true, false]) {
  const bytes = await measureHeld(async () => {
    const snapshot = await ipvs.snapshot({ ...tableAlone, lazy });
    if (snapshot.services.length !== services) throw new Error('the snapshot is not whole');
    return snapshot;
  }, rounds);
  results.push({
    what: lazy ? 'snapshot, lazily' : 'snapshot, plain objects',
    bytes: bytes / (services * destinations),
  });
}

const summary: MemorySummary = { table: `${services} x ${destinations}`, results };
process.stdout.write(JSON.stringify(summary));

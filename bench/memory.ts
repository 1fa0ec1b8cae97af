// Measures what a snapshot of the table takes in memory, and prints it as JSON: a child of main.ts that runs with
// --expose-gc.
import { Ipvs, type ObservedDestination } from 'ipvs';
import { loadNative } from '#lib/kernel/native.js';
import { measureHeld } from './held.js';
import type { MemorySummary } from './summary.js';
import { destinationAddress } from './tables.js';
import { fillTable, makeBench, tableAlone } from './works.js';

const [services = 1000, destinations = 10, rounds = 5] = process.argv.slice(2).map(Number);
const count = services * destinations;
const { layouts } = loadNative();
await using ipvs = await Ipvs.open({ timeout: 600_000 });
await fillTable(makeBench({ services, destinations }, ipvs));

async function read(lazy: boolean): Promise<object> {
  const snapshot = await ipvs.snapshot({ ...tableAlone, lazy });
  if (snapshot.services.length !== services) throw new Error('the snapshot is not whole');
  return snapshot;
}

/** As small as a destination with all its fields can be, whatever was counted. */
function makeBare(_: unknown, index: number): ObservedDestination {
  const address = destinationAddress(index);
  const rates = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };
  const [connections, packetsIn, packetsOut, bytesIn, bytesOut] = [0n, 0n, 0n, 0n, 0n];
  return {
    id: `${address}:80` as ObservedDestination['id'],
    address,
    port: 80,
    forward: 'masquerade',
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    activeConnections: 0,
    inactiveConnections: 0,
    persistentConnections: 0,
    stats: { connections, packetsIn, packetsOut, bytesIn, bytesOut, rates },
  };
}

const perDestination = async (make: () => Promise<object>) =>
  (await measureHeld(make, rounds)) / count;
const summary: MemorySummary = {
  table: `${services} x ${destinations}`,
  results: [
    { what: 'snapshot, lazily', bytes: await perDestination(() => read(true)) },
    {
      what: 'the records alone',
      bytes: layouts.observedDestination.size + layouts.observedService.size / destinations,
    },
    { what: 'snapshot, plain objects', bytes: await perDestination(() => read(false)) },
    {
      what: 'objects of destinations alone, where nothing was counted',
      bytes: await perDestination(async () => Array.from({ length: count }, makeBare)),
    },
  ],
};
process.stdout.write(JSON.stringify(summary));

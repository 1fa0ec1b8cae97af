// Reads a table of connections, measures that when all is warm, and prints it as JSON: a child of connections.ts.
import { Connections } from '#lib/kernel/connections.js';
import { Session } from '#lib/kernel/session.js';
import { measure } from '../measure.js';
import { ipvsadm, parseConnections } from '../programs.js';

export interface Reading {
  readonly milliseconds: number;
  /** How many there were. */
  readonly objects: number;
  /** The most that the process ever had in memory, in bytes. */
  readonly peak: number;
}

/** Milliseconds of reading before anything is measured. */
const warmingUp = 3000;

const [way, file = ''] = process.argv.slice(2);
const session = new Session({ networkNamespace: '', timeout: 600_000, transport: 'auto' });
const connections = new Connections(session, { all: file, synced: file });
const read = way === 'ipvsadm' ? readByIpvsadm : readByLibrary;

let objects = 0;
// A small table is read until the code that reads it is compiled as for a large one.
const warm = performance.now() + warmingUp;
do objects = await read();
while (performance.now() < warm);
const { milliseconds } = await measure(async () => {
  objects = await read();
});
await session.queue.close();
const reading: Reading = { milliseconds, objects, peak: process.resourceUsage().maxRSS * 1024 };
process.stdout.write(JSON.stringify(reading));

async function readByLibrary(): Promise<number> {
  let count = 0;
  for await (const { expires } of connections.list(undefined, undefined)) {
    count += expires < 0 ? 0 : 1;
  }
  return count;
}

async function readByIpvsadm(): Promise<number> {
  return parseConnections(await ipvsadm(['-L', '-n', '-c'])).length;
}

// Reads a table of connections twice, measures the second time, and prints that as JSON: a child of connections.ts that
// runs with --expose-gc.
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

const [way, file = ''] = process.argv.slice(2);
const read = way === 'ipvsadm' ? readByIpvsadm : readByLibrary;

let objects = await read();
globalThis.gc?.();
const { milliseconds } = await measure(async () => {
  objects = await read();
});
const reading: Reading = { milliseconds, objects, peak: process.resourceUsage().maxRSS * 1024 };
process.stdout.write(JSON.stringify(reading));

async function readByLibrary(): Promise<number> {
  const session = new Session({ networkNamespace: '', timeout: 600_000, transport: 'auto' });
  let count = 0;
  const connections = new Connections(session, { all: file, synced: file });
  for await (const { expires } of connections.list(undefined, undefined)) {
    count += expires < 0 ? 0 : 1;
  }
  await session.queue.close();
  return count;
}

async function readByIpvsadm(): Promise<number> {
  return parseConnections(await ipvsadm(['-L', '-n', '-c'])).length;
}

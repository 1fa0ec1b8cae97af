import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Connection } from 'ipvs';
import { Connections } from '#lib/kernel/connections.js';
import { Session } from '#lib/kernel/session.js';

export const header =
  'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData';
export const syncedHeader =
  'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Origin Expires';

/** A folder that is gone when the test ends. */
export async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-connections-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return folder;
}

/** The calls about connections, which read these files; the thread of a handle needs no IPVS for that. */
export function openFiles(t: ExecutionContext, all: string, synced = all): Connections {
  const session = new Session({ networkNamespace: '', timeout: 10_000, transport: 'auto' });
  t.teardown(() => session.queue.close());
  return new Connections(session, { all, synced });
}

/** The calls about connections, with lines as the kernel writes them for its own. */
export async function openLines(
  t: ExecutionContext,
  lines: readonly string[],
  synced: readonly string[] = [],
): Promise<Connections> {
  const folder = await makeFolder(t);
  const all = join(folder, 'ip_vs_conn');
  const other = join(folder, 'ip_vs_conn_sync');
  await writeFile(all, [header, ...lines, ''].join('\n'), 'latin1');
  await writeFile(other, [syncedHeader, ...synced, ''].join('\n'), 'latin1');
  return openFiles(t, all, other);
}

/** The line of connection `index` of a large table: its client's address and port are the number. */
export function lineOf(index: number): string {
  const client = (0x0a000000 + (index >>> 8)).toString(16).toUpperCase().padStart(8, '0');
  const port = (1024 + (index & 255)).toString(16).toUpperCase().padStart(4, '0');
  const last = (index % 200).toString(16).toUpperCase().padStart(2, '0');
  return `TCP ${client} ${port} C0000201 0050 0A0100${last} 1F90 ESTABLISHED     899`;
}

/** The number of a connection that {@link lineOf} wrote. */
export function indexOf({ client }: Connection): number {
  const [, high = 0, middle = 0, low = 0] = client.address.split('.').map(Number);
  return (((high << 16) | (middle << 8) | low) << 8) | (client.port - 1024);
}

/** Writes a table of so many connections, bit by bit. */
export async function writeLargeTable(path: string, count: number): Promise<void> {
  const file = await open(path, 'w');
  const step = 10_000;
  await file.write(`${header}\n`);
  for (let start = 0; start < count; start += step) {
    let text = '';
    for (let index = start; index < Math.min(start + step, count); index += 1) {
      text += `${lineOf(index)}\n`;
    }
    await file.write(text);
  }
  await file.close();
}

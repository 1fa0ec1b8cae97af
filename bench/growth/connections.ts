// Measures reading so many connections, from a file as the kernel would write it or from the kernel itself, and prints
// the figures as JSON: a child of main.ts.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeDirector } from '../../test/kernel/_director.js';
import { writeLargeTable } from '../../test/native/_connection-file.js';
import { limit } from '../programs.js';
import type { Reading } from './reader.js';
import { type Figure, wayKey } from './series.js';

type Source = 'file' | 'kernel';

const source = (process.argv[2] ?? 'file') as Source;
const count = Number(process.argv[3] ?? 1000);
const slow = JSON.parse(process.argv[4] ?? '[]') as string[];
const work = { file: 'read a file of connections', kernel: 'list the connections' }[source];

const endings: (() => unknown)[] = [];
const { file, namespace } = source === 'file' ? await writeTable() : await fillKernel();
const ways: { way: string; read: () => Promise<Reading> }[] = [
  { way: 'C, reads and parses the file', read: () => limit(['connections', file], namespace) },
  { way: 'connections()', read: () => read('library') },
  ...(source === 'file'
    ? []
    : [{ way: 'execFile ipvsadm -Lnc, and parse', read: () => read('ipvsadm') }]),
].filter(({ way }) => !slow.includes(wayKey({ work, way })));

const figures: Figure[] = [];
for (const { way, read } of ways) {
  const { objects, milliseconds, peak } = await read();
  if (objects !== count) throw new Error(`${way}: ${objects} of ${count}`);
  figures.push({ work, way, quantity: 'milliseconds', value: milliseconds });
  figures.push({ work, way, quantity: 'bytes', value: peak });
}
for (const end of endings) await end();
process.stdout.write(JSON.stringify(figures));

async function writeTable() {
  const folder = await mkdtemp(join(tmpdir(), 'growth-'));
  endings.push(() => rm(folder, { recursive: true }));
  const file = join(folder, 'ip_vs_conn');
  await writeLargeTable(file, count);
  return { file, namespace: undefined };
}

async function fillKernel() {
  const director = await makeDirector({ teardown: (end) => endings.unshift(end) });
  await director.tellLargeTable(count);
  return { file: '/proc/net/ip_vs_conn', namespace: director.name };
}

/** Each reading has a process of its own, whose memory nothing else has used. */
async function read(by: 'library' | 'ipvsadm'): Promise<Reading> {
  const reader = fileURLToPath(new URL('./reader.js', import.meta.url));
  const inside = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
  const node = [process.execPath, reader, by, file];
  const [command = '', ...words] = [...inside, ...node];
  const { stdout } = await promisify(execFile)(command, words);
  return JSON.parse(stdout) as Reading;
}

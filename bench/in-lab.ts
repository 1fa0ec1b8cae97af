// The part of the benchmark that takes a kernel, in one boot of the lab: measures, records a table for what comes after,
// and writes what came of it as JSON. A child of main.ts.
import { writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { runChild } from './children.js';
import type { BenchOptions } from './options.js';
import type { LabSummary, MemorySummary, TableSummary, WorkSummary } from './summary.js';
import { works } from './works.js';

const [words = '', output = '', recording = ''] = process.argv.slice(2);
const { tables: sizes, connections, rounds } = JSON.parse(words) as BenchOptions;

const tables: TableSummary[] = [];
const memory: MemorySummary[] = [];
for (const size of sizes) {
  const arguments_ = [...size.split('x'), rounds];
  console.error(`table of ${size}`);
  const measured: WorkSummary[] = [];
  for (const { name } of works) {
    measured.push(await runChild('measure-work', [name, ...arguments_]));
  }
  tables.push({ table: size.replace('x', ' x '), works: measured });
  memory.push(await runChild('memory', arguments_));
}
if (connections > 0) {
  console.error(`${connections} connections`);
  tables.push(await runChild('connections', [connections, rounds]));
}
await runChild('record', [...(sizes.at(-1) ?? '').split('x'), recording]);

const summary: LabSummary = { kernel: release(), tables, memory };
await writeFile(output, JSON.stringify(summary));

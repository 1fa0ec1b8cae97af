// The part of the benchmark that takes a kernel, in one boot of the lab: measures, records a table for what comes after,
// and writes what came of it as JSON. A child of main.ts.
import { writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import type { BenchOptions } from './options.js';
import { runChild, withNamespace } from './programs.js';
import type { LabSummary, MemorySummary, TableSummary } from './summary.js';

const [words = '', output = '', recording = ''] = process.argv.slice(2);
const { tables: sizes, connections, rounds } = JSON.parse(words) as BenchOptions;

const tables: TableSummary[] = [];
const memory: MemorySummary[] = [];
for (const size of sizes) {
  const arguments_ = [...size.split('x'), String(rounds)];
  console.error(`table of ${size}`);
  tables.push(await inNamespace('size', arguments_));
  memory.push(await inNamespace('memory', arguments_));
}
if (connections > 0) {
  console.error(`${connections} connections`);
  tables.push(await inNamespace('connections', [String(connections), String(rounds)]));
}
await inNamespace('record', [...(sizes.at(-1) ?? '').split('x'), recording]);

const summary: LabSummary = { kernel: release(), tables, memory };
await writeFile(output, JSON.stringify(summary));

/** Each table has a namespace and a process of its own, so that none has to do with what another left. */
function inNamespace<Summary>(script: string, arguments_: readonly string[]): Promise<Summary> {
  return withNamespace((namespace) =>
    runChild(script, arguments_, ['ip', 'netns', 'exec', namespace]),
  );
}

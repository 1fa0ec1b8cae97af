// Measures the library beside the limit and beside ipvsadm: in one boot of the lab, and then, with a table that was
// recorded there, what the main thread does on the host.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runHere, runVisibly } from './children.js';
import { readOptions, usage } from './options.js';
import { type BenchReport, formatReport } from './report.js';
import type { LabSummary, TableSummary } from './summary.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const options = readOptions(process.argv.slice(2));
if (options === undefined) {
  process.stdout.write(usage);
  process.exit();
}

// The lab writes nowhere else.
const folder = await mkdtemp(join(root, 'build', 'bench-'));
try {
  const [output, recording] = [join(folder, 'lab.json'), join(folder, 'table')];
  await runVisibly([
    ...[join(root, 'scripts', 'lab'), '--mem', '3G', '--timeout', '5400', '--'],
    ...[process.execPath, join(root, 'build', 'bench', 'in-lab.js')],
    ...[JSON.stringify(options), output, recording],
  ]);
  const lab = JSON.parse(await readFile(output, 'utf8')) as LabSummary;
  const size = options.tables.at(-1) ?? '';
  const words = [...size.split('x'), recording, String(options.rounds)];
  const host = await runHere<TableSummary>('replay', words);

  const report: BenchReport = {
    ...lab,
    node: process.version,
    rounds: options.rounds,
    tables: [...lab.tables, host],
  };
  const text = formatReport(report);
  process.stdout.write(text);
  if (options.markdown !== undefined) await writeFile(options.markdown, text);
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
} finally {
  await rm(folder, { recursive: true });
}

// Works for long, in one boot of the lab, and looks whether anything grows or breaks; see `--help`.
import { writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { runHere } from '../children.js';
import { withNamespace } from '../programs.js';
import { runKills } from './kills.js';
import { readOptions, type SoakOptions, usage } from './options.js';
import { faultsOfReport, formatSoak, type RepeatedSummary, type SoakReport } from './report.js';
import { runWriters } from './writers.js';

const options = readOptions(process.argv.slice(2));
if (options === undefined) process.stdout.write(usage);
else await main(options);

async function main(options: SoakOptions): Promise<void> {
  const report = await run(options);
  const text = formatSoak(report);
  process.stdout.write(text);
  if (options.markdown !== undefined) await writeFile(options.markdown, text);
  if (faultsOfReport(report).length > 0) process.exitCode = 1;
}

async function run(options: SoakOptions): Promise<SoakReport> {
  const { operations, cycles, kills, minutes, seed } = options;
  console.error(`seed ${seed}`);
  return {
    kernel: release(),
    node: process.version,
    seed,
    ...(operations > 0 && { operations: await repeat('operations', operations) }),
    ...(cycles > 0 && { cycles: await repeat('cycles', cycles) }),
    ...(kills > 0 && { kills: await kill(kills, seed) }),
    ...(minutes > 0 && { writers: await runWriters(options, tell('step', 10)) }),
  };
}

function repeat(name: 'operations' | 'cycles', times: number): Promise<RepeatedSummary> {
  console.error(`${times} ${name}`);
  return withNamespace((namespace) => runHere<RepeatedSummary>(`soak/${name}`, [namespace, times]));
}

function kill(times: number, seed: number) {
  const options = { times, seed, victim: 'process' } as const;
  return withNamespace((namespace) => runKills(namespace, options, tell('kill', 20)));
}

/** Says from time to time how far it is. */
function tell(what: string, every: number): (number: number) => void {
  return (number) => {
    if (number % every === 0) console.error(`${what} ${number}`);
  };
}

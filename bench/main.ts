// Measures the library beside the limit and beside ipvsadm, in one boot of the lab; see `--help`.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { withNamespace } from './programs.js';
import { type BenchReport, formatReport } from './report.js';
import type { MemorySummary, TableSummary } from './summary.js';

const usage = `usage: npm run bench -- [OPTION…]

Measures the library beside the limit, a C program on a raw socket, and beside
ipvsadm. What is printed are ratios of one boot: times of two boots say nothing.

  --tables LIST      services x destinations, with commas between
                     (default 1000x10,5000x5,10000x10)
  --connections N    entries of the connection table (default 100000; 0: none)
  --rounds N         of which the medians are (default 5)
  --json FILE        writes everything that was measured there
  --markdown FILE    writes what is printed there
  --help             this text
`;

const { values } = parseArgs({
  options: {
    tables: { type: 'string', default: '1000x10,5000x5,10000x10' },
    connections: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(usage);
else await main();

async function main(): Promise<void> {
  const { rounds, connections } = values;
  const tables: TableSummary[] = [];
  const memory: MemorySummary[] = [];
  for (const table of values.tables.split(',')) {
    const words = [...table.split('x'), rounds];
    console.error(`table of ${table}: begins`);
    tables.push(await runChild('size', words));
    memory.push(await runChild('memory', words));
  }
  if (connections !== '0') {
    console.error(`${connections} connections: begins`);
    tables.push(await runChild('connections', [connections, rounds]));
  }
  const report: BenchReport = {
    kernel: release(),
    node: process.version,
    rounds: Number(rounds),
    tables,
    memory,
  };
  const text = formatReport(report);
  process.stdout.write(text);
  if (values.markdown !== undefined) await writeFile(values.markdown, text);
  if (values.json !== undefined) {
    await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  }
}

/** Each table has a namespace and a process of its own, so that none has to do with what another left. */
function runChild<Summary>(name: string, words: readonly string[]): Promise<Summary> {
  const script = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  return withNamespace(async (namespace) => {
    const command = [process.execPath, '--expose-gc', script, ...words];
    const { stdout } = await promisify(execFile)('ip', ['netns', 'exec', namespace, ...command]);
    return JSON.parse(stdout) as Summary;
  });
}

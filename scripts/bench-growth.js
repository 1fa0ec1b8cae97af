// How time and memory grow with the table: measures in the lab, and writes docs/growth.json and its plots.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { status as labStatus } from '../lab/run.js';
import { gateKernels, labOptions, ownKernel } from './kernels.js';
import { prepare, root, run } from './prepare.js';

const usage = `usage: npm run bench:growth -- [OPTION…]

Measures how time and memory grow with the table, and draws it: writes
growth.json and the plots beside it.

  --tables LIST     destinations in a table, with commas between
  --files LIST      connections in a generated file
  --entries LIST    connections in the kernel of the lab
  --newest LIST     connections in the newest kernel, in a boot of its own
  --rounds N        of which the medians are (default 3)
  --output FOLDER   default docs
  --help            this text

Without sizes it goes from 1,000 to 100,000 destinations and to 1,000,000
connections. Up to Linux 6.12, every read of a list of connections begins at the
start of the table; there the last size is 100,000.
`;

const upToHundredThousand = '1000,2000,5000,10000,20000,50000,100000';
const upToMillion = `${upToHundredThousand},200000,500000,1000000`;

const { values } = parseArgs({
  options: {
    tables: { type: 'string', default: upToHundredThousand },
    files: { type: 'string', default: upToMillion },
    entries: { type: 'string', default: upToHundredThousand },
    newest: { type: 'string', default: upToMillion },
    rounds: { type: 'string', default: '3' },
    output: { type: 'string', default: join(root, 'docs') },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(usage);
else main();

function main() {
  const { tables, files, entries, newest, rounds, output } = values;
  // Not after all of it has been measured.
  mkdirSync(output, { recursive: true });
  prepare(['build', 'lab']);
  const kernel = ownKernel;
  const [newestKernel = kernel] = gateKernels;
  const reports = [
    measure(kernel, ['--tables', tables, '--files', files, '--entries', entries]),
    measure(newestKernel, ['--entries', newest]),
  ].filter((report) => report !== undefined);
  const report = {
    node: process.version,
    rounds: Number(rounds),
    series: reports.flatMap(({ series }) => series),
  };
  writeFileSync(join(output, 'growth.json'), `${JSON.stringify(report, null, 2)}\n`);
  run(process.execPath, [join(root, 'build', 'bench', 'growth', 'draw.js'), output]);
}

/**
 * What one boot measured; nothing if there is no such kernel here.
 * @param {string} kernel
 * @param {readonly string[]} words
 * @returns {import('../bench/growth/series.js').GrowthReport | undefined}
 */
function measure(kernel, words) {
  const lab = [...labOptions(kernel), '--mem', '3G', '--timeout', '5400'];
  const program = join(root, 'build', 'bench', 'growth', 'main.js');
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      join(root, 'scripts', 'lab'),
      ...lab,
      process.execPath,
      program,
      ...words,
      '--rounds',
      values.rounds,
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  if (status === 0) return JSON.parse(stdout);
  if (status !== labStatus.unavailable) process.exit(status ?? 1);
  console.error(`The kernel ${kernel} cannot be had here: nothing is measured on it.`);
  return undefined;
}

// Measures how time and memory grow with the table, in one boot of the lab, and prints it as JSON; see `--help`.
import { release } from 'node:os';
import { parseArgs } from 'node:util';
import { runChild } from '../children.js';
import { type Figure, Growth, type GrowthReport } from './series.js';

const usage = `usage: main [OPTION…]

  --tables LIST   destinations, ten to a service
  --files LIST    connections in a generated file
  --entries LIST  connections in the kernel
  --rounds N      of which the medians are (default 3)

Lists are ascending and have commas between. What is not named is not measured.
A way that takes longer than ten seconds is not measured at larger sizes.
`;

const { values } = parseArgs({
  options: {
    tables: { type: 'string', default: '' },
    files: { type: 'string', default: '' },
    entries: { type: 'string', default: '' },
    rounds: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(usage);
else await main();

async function main(): Promise<void> {
  const { rounds } = values;
  const growth = new Growth(release());
  const perService = 10;
  for (const size of readSizes(values.tables)) {
    console.error(`table of ${size} destinations: begins`);
    const words = [size / perService, perService, rounds, JSON.stringify(growth.slow())];
    growth.add(size, await runChild<Figure[]>('growth/table', words));
  }
  for (const [source, list] of [
    ['file', values.files],
    ['kernel', values.entries],
  ] as const) {
    for (const size of readSizes(list)) {
      console.error(`${source} of ${size} connections: begins`);
      const words = [source, size, rounds, JSON.stringify(growth.slow())];
      growth.add(size, await runChild<Figure[]>('growth/connections', words));
    }
  }
  const report: GrowthReport = {
    node: process.version,
    rounds: Number(rounds),
    series: growth.series(),
  };
  process.stdout.write(JSON.stringify(report));
}

function readSizes(list: string): number[] {
  return list.split(',').filter(Boolean).map(Number);
}

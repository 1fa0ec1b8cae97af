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

const perService = 10;

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
  const rounds = Number(values.rounds);
  const growth = new Growth(release());
  // The sizes take turns as well, so that what disturbs one of them does not bend the curves.
  for (let round = 1; round <= rounds; round += 1) {
    for (const size of readSizes(values.tables)) {
      const words = [size / perService, perService, JSON.stringify(growth.slow(size))];
      await measureSize(growth, `${size} destinations`, size, 'growth/table', words);
    }
    for (const [source, list] of [
      ['file', values.files],
      ['kernel', values.entries],
    ] as const) {
      for (const size of readSizes(list)) {
        const words = [source, size, JSON.stringify(growth.slow(size))];
        await measureSize(
          growth,
          `${source}, ${size} connections`,
          size,
          'growth/connections',
          words,
        );
      }
    }
    console.error(`round ${round} of ${rounds} is over`);
  }
  const report: GrowthReport = {
    node: process.version,
    rounds,
    series: growth.series(),
  };
  process.stdout.write(JSON.stringify(report));
}

async function measureSize(
  growth: Growth,
  label: string,
  size: number,
  child: string,
  words: readonly (string | number)[],
): Promise<void> {
  console.error(`${label}: begins`);
  growth.add(size, await runChild<Figure[]>(child, words));
}

function readSizes(list: string): number[] {
  return list.split(',').filter(Boolean).map(Number);
}

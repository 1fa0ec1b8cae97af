// Measures how long the command takes to begin: processes that end at once, in turns. Without IPVS `ipvs list` ends with an
// error where it has read nothing yet, so that what is measured is the same there.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median, spread } from './measure.js';

const usage = `usage: npm run bench:start -- [--rounds N]

Measures how long the command takes to begin, in milliseconds of this machine, and
beside Node itself. scripts/lab node build/bench/start.js does so with IPVS.

  --rounds N  of which the medians are (default 15)
  --help      this text
`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    help: { type: 'boolean', default: false },
  },
});

const command = fileURLToPath(new URL('../../dist/bin/ipvs.js', import.meta.url));
const ways: Readonly<Record<string, readonly string[]>> = {
  'node -e 0': ['-e', '0'],
  'ipvs --version': [command, '--version'],
  'ipvs list': [command, 'list'],
  'ipvs ipvsadm -Ln': [command, 'ipvsadm', '-Ln'],
};

if (values.help) process.stdout.write(usage);
else main(Number(values.rounds));

function main(rounds: number): void {
  const measured = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
  // The first round brings the files into memory.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, words] of Object.entries(ways)) {
      const began = performance.now();
      spawnSync(process.execPath, words);
      if (round > 0) measured.get(name)?.push(performance.now() - began);
    }
  }
  const node = median(measured.get('node -e 0') ?? []);
  console.log('| command | milliseconds | times Node | spread |\n| --- | ---: | ---: | ---: |');
  for (const [name, times] of measured) {
    const middle = median(times);
    const parts = [
      middle.toFixed(0),
      (middle / node).toFixed(2),
      `${(100 * spread(times)).toFixed(0)} %`,
    ];
    console.log(`| ${name} | ${parts.join(' | ')} |`);
  }
}

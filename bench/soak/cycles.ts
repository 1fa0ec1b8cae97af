// Opens a handle so many times, uses and closes it, and prints samples of what the process holds as JSON: a child of
// main.ts that runs with --expose-gc.
import { Ipvs, type OpenOptions } from 'ipvs';
import { type Sample, takeSample } from './samples.js';
import { Tally } from './tally.js';

const [namespace = '', word = ''] = process.argv.slice(2);
const total = Number(word);
const sampled = 40;
const tally = new Tally();

const ways: readonly OpenOptions[] = [
  {},
  { netns: namespace },
  { netns: namespace, transport: 'netlink' },
  { netns: namespace, transport: 'sockopt' },
];

async function cycle(index: number): Promise<void> {
  const ipvs = await Ipvs.open({ ...ways[index % ways.length], timeout: 60_000 });
  const calls = tally.all([ipvs.info(), ipvs.listServices(), ipvs.totals()]);
  // Every third is closed with its calls under way, and every fiftieth is forgotten instead of closed.
  if (index % 3 !== 0) await calls;
  if (index % 5 === 0) ipvs.sync.listServices();
  if (index % 50 !== 0) await ipvs.close();
  await calls;
}

const samples: Sample[] = [];
const started = performance.now();
for (let index = 0; index < total; index += 1) {
  if (index >= (samples.length * total) / sampled)
    samples.push(await takeSample(index, samples.at(-1)));
  await cycle(index);
}
samples.push(await takeSample(total, samples.at(-1)));
const seconds = (performance.now() - started) / 1000;
process.stdout.write(JSON.stringify({ samples, seconds, outcomes: tally.outcomes }));

// Measures the works on a table of one size, and what it takes to hold it in memory, and prints the figures as JSON: a
// child of main.ts that runs with --expose-gc.
import { Ipvs } from 'ipvs';
import { measureHeld } from '../held.js';
import { limit } from '../programs.js';
import { runWorks } from '../run-works.js';
import { fillTable, makeBench } from '../works.js';
import { type Figure, wayKey } from './series.js';
import { growthWorks, holders } from './works.js';

const [services = 100, destinations = 10] = process.argv.slice(2, 4).map(Number);
const slow = JSON.parse(process.argv[4] ?? '[]') as string[];

await using ipvs = await Ipvs.open({ timeout: 600_000 });
const bench = makeBench({ services, destinations }, ipvs);
const works = growthWorks.map((work) => ({
  ...work,
  ways: work.ways.filter(({ name }) => !slow.includes(wayKey({ work: work.name, way: name }))),
}));

const figures: Figure[] = [];
const measured = await runWorks(works, bench, { rounds: 1, watched: 0 });
for (const { name, ways } of works) {
  for (const way of ways) {
    const [measurement] = measured.get(way) ?? [];
    if (measurement === undefined) throw new Error(`${way.name} was not measured`);
    const value = measurement.milliseconds;
    figures.push({ work: name, way: way.name, quantity: 'milliseconds', value });
  }
}

await fillTable(bench);
const work = 'hold the table';
const { objects, bytes } = await limit(['dump']);
if (objects !== services * destinations) throw new Error('the table is not whole');
figures.push({ work, way: 'C, raw netlink', quantity: 'bytes', value: bytes });
for (const [way, make] of holders(bench)) {
  figures.push({ work, way, quantity: 'bytes', value: await measureHeld(make, 1) });
}
process.stdout.write(JSON.stringify(figures));

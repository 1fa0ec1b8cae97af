import test from 'ava';
import { slowdown } from '#lib/declarative/trash.js';
import { type CliffsReport, formatCliffs } from '../../bench/cliffs-report.js';
import { readPage } from './_docs-page.js';

const report = JSON.parse(await readPage('cliffs.json')) as CliffsReport;
const page = await readPage('performance.md');

test('the tables of the page are those of the data', (t) => {
  const [head = '', ...blocks] = formatCliffs(report).trim().split('\n\n');
  t.true(page.replaceAll('\n', ' ').includes(head.replace(/\.$/, '')));
  t.is(blocks.length, 2 * report.curves.length);
  for (const block of blocks) t.true(page.includes(block), block);
});

test('what warnings say of additions is what was measured, but for a factor of three', (t) => {
  const series = report.curves[0]?.series[0];
  const points = series?.points.filter(({ amount }) => amount >= 5000) ?? [];
  t.true(points.length > 3);
  for (const { amount, times } of points) {
    const ratio = slowdown(amount) / times;
    t.true(ratio > 1 / 3 && ratio < 3, `${amount}: ${slowdown(amount)}, measured ${times}`);
  }
});

test('more removed destinations make additions slower', (t) => {
  const times = [5000, 10_000, 20_000, 50_000, 100_000, 200_000].map(slowdown);
  t.deepEqual(
    times,
    [...times].sort((first, second) => first - second),
  );
  t.is(new Set(times).size, times.length);
});

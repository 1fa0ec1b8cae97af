import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { pages } from '../../bench/growth/pages.js';
import type { GrowthReport } from '../../bench/growth/series.js';

const sizes = { tables: [20], files: [100], entries: [100] };

const program = fileURLToPath(new URL('../../bench/growth/main.js', import.meta.url));

test('the measurement of growth has every line of the plots at the sizes that are named', async (t) => {
  t.timeout(300_000);
  const words = Object.entries(sizes).flatMap(([name, list]) => [`--${name}`, list.join(',')]);
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    ...words,
    '--rounds',
    '1',
  ]);
  const { node, rounds, series } = JSON.parse(stdout) as GrowthReport;
  t.is(node, process.version);
  t.is(rounds, 1);

  const expected = pages.flatMap(({ panels }) =>
    panels.flatMap(({ work, quantity, lines }) =>
      Object.values(lines).map((way) => JSON.stringify([work, quantity, way])),
    ),
  );
  const found = series.map(({ work, quantity, way }) => JSON.stringify([work, quantity, way]));
  t.deepEqual(found.sort(), [...new Set(expected)].sort());

  for (const { work, quantity, points } of series) {
    const own = sizesOf(work);
    t.deepEqual(
      points.map(({ size }) => size),
      own,
      work,
    );
    t.true(
      // What so small a table takes in memory is lost in what else comes and goes.
      points.every(({ value }) => (quantity === 'time' ? value > 0 : Number.isFinite(value))),
      `${work}: ${quantity}`,
    );
  }
  const limits = series.filter(({ quantity, way }) => quantity === 'time' && way.startsWith('C, '));
  t.deepEqual(
    limits.map(({ points }) => points[0]?.value),
    limits.map(() => 1),
  );
});

function sizesOf(work: string): readonly number[] {
  if (!work.includes('connections')) return sizes.tables;
  return work.includes('file') ? sizes.files : sizes.entries;
}

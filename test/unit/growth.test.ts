import { readFile } from 'node:fs/promises';
import test from 'ava';
import { lines, pages } from '../../bench/growth/pages.js';
import { drawPage } from '../../bench/growth/plot.js';
import { type Figure, Growth, type GrowthReport, type Series } from '../../bench/growth/series.js';
import { slopeOf } from '../../bench/growth/slope.js';

const docs = new URL('../../../docs/', import.meta.url);
const read = (name: string) => readFile(new URL(name, docs), 'utf8');
const report = JSON.parse(await read('growth.json')) as GrowthReport;

/** The series that a page shows, of all kernels. */
const shown = pages.flatMap(({ panels }) =>
  panels.flatMap((panel) =>
    Object.entries(panel.lines).map(([line, way]) => ({
      panel,
      line,
      series: report.series.filter(
        (series) =>
          series.work === panel.work && series.quantity === panel.quantity && series.way === way,
      ),
    })),
  ),
);

/** Below this, what does not grow counts for more. */
const large = (series: Series) => series.points.filter(({ size }) => size >= 5000);

/** Up to Linux 6.12, each read of the kernel's connections begins at the start of the table. */
const isQuadratic = ({ kernel, work }: Series) =>
  work === 'list the connections' && /^(?:5|6\.\d|6\.1[0-2])\./.test(kernel);

const title = ({ kernel, work, way }: Series) => `Linux ${kernel}: ${work}: ${way}`;

test('slopes are those of known curves', (t) => {
  const points = (power: number) =>
    [1000, 2000, 5000].map((size) => ({ size, value: 3 * size ** power }));
  for (const power of [0, 1, 2]) t.true(Math.abs(slopeOf(points(power)) - power) < 1e-9);
});

test('medians of times become multiples of what the limit takes at the first size', (t) => {
  const growth = new Growth('6.1');
  const figure = (way: string, value: number): Figure => ({
    work: 'list',
    way,
    quantity: 'milliseconds',
    value,
  });
  const bytes: Figure = { work: 'list', way: 'ours', quantity: 'bytes', value: 123 };
  growth.add(10, [figure('limit', 4), figure('ours', 6), bytes]);
  growth.add(20, [figure('limit', 8), figure('ours', 12_000)]);
  for (const ours of [5, 8]) growth.add(10, [figure('ours', ours)]);
  t.deepEqual(growth.slow(20), []);
  t.deepEqual(growth.slow(21), ['list: ours']);
  const series = (way: string, ...values: readonly number[]) => ({
    kernel: '6.1',
    work: 'list',
    way,
    quantity: 'time',
    points: values.map((value, index) => ({ size: 10 * (index + 1), value })),
  });
  t.deepEqual<unknown, unknown>(growth.series(), [
    series('limit', 1, 2),
    series('ours', 1.5, 3000),
    { ...series('ours', 123), quantity: 'bytes' },
  ]);
});

for (const page of pages) {
  test(`docs/${page.file} shows what was measured`, async (t) => {
    const svg = await read(page.file);
    t.is(svg, await drawPage(page, report));
    for (const panel of page.panels) {
      t.true(svg.includes(`>${panel.title}, Linux `), panel.title);
      for (const line of Object.keys(panel.lines)) {
        t.true(svg.includes(`>${lines[line as keyof typeof lines].label}</text>`), line);
      }
    }
  });
}

test('every line has been measured from 1,000 up', (t) => {
  for (const { panel, line, series } of shown) {
    t.true(series.length > 0, `${panel.title}: ${line}`);
    for (const each of series) {
      t.is(each.points[0]?.size, 1000, title(each));
      // What takes too long is not measured further.
      if (line !== 'ipvsadm') t.true(large(each).length >= 4, title(each));
    }
  }
});

test('what the library does grows in proportion, or as the kernel does', (t) => {
  const ours = shown.filter(({ panel, line }) => panel.quantity === 'time' && isOurs(line));
  t.true(ours.length >= 8);
  for (const each of ours.flatMap(({ series }) => series)) {
    const slope = slopeOf(large(each));
    const words = `${title(each)}: ${slope}`;
    if (isQuadratic(each)) t.true(slope < slopeOf(large(limitOf(each))) + 0.1, words);
    else t.true(slope > 0.8 && slope < 1.2, words);
  }
});

test('a list takes memory in proportion, a stream of connections the same for any number', (t) => {
  for (const { panel, line, series } of shown) {
    if (panel.quantity !== 'bytes' || !isOurs(line)) continue;
    for (const each of series) {
      const slope = slopeOf(large(each));
      const expected = panel.work === 'hold the table' ? 1 : 0;
      t.true(Math.abs(slope - expected) < 0.1, `${title(each)}: ${slope}`);
    }
  }
});

function isOurs(line: string): boolean {
  return line !== 'limit' && line !== 'ipvsadm';
}

/** The first line of a work is the limit. */
function limitOf({ kernel, work, quantity }: Series): Series {
  const limit = report.series.find(
    (series) => series.kernel === kernel && series.work === work && series.quantity === quantity,
  );
  if (limit === undefined) throw new Error(`${work} without a limit`);
  return limit;
}

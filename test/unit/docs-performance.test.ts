import test from 'ava';
import { type BenchReport, formatReport, formatSummary } from '../../bench/report.js';
import { readPage } from './_docs-page.js';

const report = JSON.parse(await readPage('bench.json')) as BenchReport;

test('the tables of the page are those of the data', async (t) => {
  const page = await readPage('performance.md');
  const blocks = formatReport(report).trim().split('\n\n');
  t.true(blocks.length > 2 * report.tables.length);
  for (const block of blocks) t.true(page.includes(block), block);
});

test('the table of the README is made of the data', async (t) => {
  const readme = await readPage('../README.md');
  t.true(readme.includes(formatSummary(report).trim()));
});

test('what was measured keeps system calls within their bounds', (t) => {
  const calls = (work: string, way: string) =>
    report.tables.flatMap(({ works }) =>
      works
        .filter((each) => each.work === work)
        .flatMap(({ ways }) => ways.filter((each) => each.way === way))
        .flatMap((each) => each.calls ?? []),
    );
  const turns = calls('create the table', 'calls of one turn');
  const singles = calls('change one destination, and wait', 'await one call after the other');
  t.true(turns.length > 0 && turns.every((count) => count <= 0.02));
  t.true(singles.length > 0 && singles.every((count) => count === 2));
});

test('a snapshot takes as little memory as was asked for', (t) => {
  const bytes = (what: string) =>
    report.memory.flatMap(({ results }) =>
      results.filter((each) => each.what === what).map((each) => each.bytes),
    );
  t.true(bytes('snapshot, lazily').length > 0);
  t.true(bytes('snapshot, lazily').every((each) => each <= 250));
  t.true(bytes('snapshot, plain objects').length > 0);
});

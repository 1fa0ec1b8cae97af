import test from 'ava';
import { definitionOf, metricNames } from '#lib/metrics/definitions.js';
import { blocksOf, check, makeFolder, readPage, stepOf } from './_docs-page.js';

const page = await readPage('metrics.md');

test('the examples compile', async (t) => {
  t.timeout(100_000);
  const steps = blocksOf(page).flatMap((block) => stepOf(block) ?? []);
  t.is(steps.filter(({ kind }) => kind === 'module').length, 2);
  t.is(await check(await makeFolder('metrics'), steps), '');
});

test('the page has every metric as it is, in its order, and no other', (t) => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \| (.*?) \|$/gm)];
  t.deepEqual(
    rows.map(([, ...columns]) => columns),
    metricNames.map((name) => {
      const { type, labels, help } = definitionOf(name);
      return [`ipvs_${name}`, type, labels.map((label) => `\`${label}\``).join(', '), help];
    }),
  );
  const named = [...page.matchAll(/`(ipvs_\w+)`/g)].map(([, name = '']) => name);
  const known = new Set(['ipvs_', ...metricNames.map((name) => `ipvs_${name}`)]);
  t.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  );
});

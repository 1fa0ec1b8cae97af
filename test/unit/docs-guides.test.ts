import { readdir } from 'node:fs/promises';
import test from 'ava';
import { sysctlNames } from '#lib/model/sysctls.js';
import { blocksOf, check, makeFolder, readPage, type Step } from './_docs-page.js';

const folder = 'docs/guide';

// What they do is shown by a test that has a kernel.
test('the examples of the guides compile', async (t) => {
  t.timeout(200_000);
  const steps: Step[] = [];
  for (const name of (await readdir(folder)).filter((each) => each.endsWith('.md'))) {
    const blocks = blocksOf(await readPage(`guide/${name}`));
    const before = blocks.filter(({ language }, index) => {
      return language === 'text' && !['sh', 'ts'].includes(blocks[index - 1]?.language ?? '');
    });
    t.deepEqual(before, [], `${name}: a text that no example printed`);
    for (const { text, line } of blocks.filter(({ language }) => language === 'ts')) {
      const named = /^\/\/ (\S+)\.ts\n/.exec(text)?.[1] ?? `${name.replace('.md', '')}-${line}`;
      steps.push({ kind: 'module', name: `${named}.js`, text });
    }
  }
  t.true(steps.length > 0);
  t.is(await check(await makeFolder('guides'), steps), '');
});

test('every sysctl is explained, once, and no other', async (t) => {
  const rows = (await readPage('guide/sysctls.md')).matchAll(/^\| `(\w+)` \|/gm);
  t.deepEqual([...rows].map(([, name]) => name).sort(), [...sysctlNames].sort());
});

import test from 'ava';
import { blocksOf, check, makeFolder, readPage, stepOf } from './_docs-page.js';

// What the examples do is shown by tests that have a kernel.
test('the examples of the README compile, and that of the page about rules', async (t) => {
  t.timeout(100_000);
  const pages = await Promise.all(['../README.md', 'ipvsadm.md'].map(readPage));
  const steps = pages.flatMap((page) => blocksOf(page).flatMap((block) => stepOf(block) ?? []));
  t.is(new Set(steps.map(({ name }) => name)).size, 4);
  t.is(await check(await makeFolder('readme'), steps), '');
});

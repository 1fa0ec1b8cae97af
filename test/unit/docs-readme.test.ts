import test from 'ava';
import { blocksOf, check, makeFolder, readPage, stepOf } from './_docs-page.js';

// What the examples do is shown by tests that have a kernel.
test('the examples of the README compile', async (t) => {
  t.timeout(100_000);
  const steps = blocksOf(await readPage('../README.md')).flatMap((block) => stepOf(block) ?? []);
  t.true(steps.length > 2);
  t.is(await check(await makeFolder('readme'), steps), '');
});

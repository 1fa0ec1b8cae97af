import test from 'ava';
import {
  type Block,
  blocksOf,
  check,
  makeFolder,
  readPage,
  runSteps,
  stepOf,
} from './_docs-page.js';

// Every example of the page is compiled and run, in the order of the page; a text is what the example before it printed.
const page = 'declarative.md';
const blocks = blocksOf(await readPage(page));
const printed = new Map<Block, string>();
let complaints = '';

test.before(async (t) => {
  t.timeout(100_000);
  const folder = await makeFolder(page);
  const runnable = blocks.filter((block) => stepOf(block) !== undefined);
  const steps = runnable.flatMap((block) => stepOf(block) ?? []);
  complaints = await check(folder, steps);
  const outputs = await runSteps(folder, steps);
  for (const [index, block] of runnable.entries()) printed.set(block, outputs[index] ?? '');
});

test('the examples compile', (t) => {
  t.is(complaints, '');
  t.true(blocks.filter(({ language }) => language === 'ts').length > 10);
});

test('there is no block that nobody looks at', (t) => {
  t.deepEqual([...new Set(blocks.map(({ language }) => language))].sort(), ['text', 'ts', 'yaml']);
});

for (const [index, block] of blocks.entries()) {
  const before = blocks[index - 1];
  if (block.language === 'text') {
    test(`${page}:${block.line} is what is printed`, (t) => {
      t.is(before?.language, 'ts');
      t.is(block.text, `${printed.get(before as Block)}\n`);
    });
  } else if (block.language === 'ts' && blocks[index + 1]?.language !== 'text') {
    test(`${page}:${block.line} prints nothing`, (t) => {
      t.is(printed.get(block), '');
    });
  }
}

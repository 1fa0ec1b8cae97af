import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { expected, showGuide } from './_guide.js';
import { makeNamespace } from './_namespace.js';

// Every block of a guide is run, in the order of the page; a text is what the block before it printed.
for (const name of readdirSync(join('docs', 'guide')).filter((each) => each.endsWith('.md'))) {
  test.serial(`what docs/guide/${name} says is so`, async (t) => {
    const namespace = await makeNamespace(t);
    const { blocks, printed } = await showGuide(`guide/${name}`, namespace.name);
    t.true(printed.size > 2);
    for (const [index, block] of blocks.entries()) {
      const next = blocks[index + 1];
      const output = printed.get(block);
      if (output === undefined) continue;
      const said = next?.language === 'text' ? next.text : '';
      t.regex(output, expected(said), `${name}:${block.line}`);
    }
  });
}

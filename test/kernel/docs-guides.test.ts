import { readdirSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { readPage } from '../unit/_docs-page.js';
import { isAsSaid, showGuide } from './_guide.js';
import { makeNamespace } from './_namespace.js';
import { skip } from './_skip.js';

// Every block of a guide is run, in the order of the page; a text is what the block before it printed.
for (const name of readdirSync(join('docs', 'guide')).filter((each) => each.endsWith('.md'))) {
  test.serial(`what docs/guide/${name} says is so`, async (t) => {
    if (!release().startsWith('6.1.')) return skip(t, 'the guides show what Linux 6.1 does');
    const namespace = await makeNamespace(t);
    const shown = await showGuide(`guide/${name}`, namespace.name);
    t.true(shown.printed.size > 2);
    isAsSaid(t, shown);
  });
}

test.serial(
  'the defaults of sysctls that the guide names are those of a new namespace',
  async (t) => {
    const { ipvs } = await makeNamespace(t);
    const values = await ipvs.sysctls();
    const rows = (await readPage('guide/sysctls.md')).matchAll(
      /^\| `(\w+)` \| ([^|\s][^|]*?) \|/gm,
    );
    const defaults = [...rows].filter(([, name = '']) => name in values && name !== 'debug_level');
    t.true(defaults.length > 25);
    for (const [, name = '', value = ''] of defaults) t.is(String(values[name]), value, name);
  },
);

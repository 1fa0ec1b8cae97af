import { readFile } from 'node:fs/promises';
import test from 'ava';
import { readPage } from './_docs-page.js';

const page = await readPage('codes.md');
const types = await readFile(new URL('../../../types/issue.d.ts', import.meta.url), 'utf8');
const codes = [...new Set([...types.matchAll(/'([EW]_[A-Z_]+)'/g)].map(([, code]) => code))].sort();
const rows = [...page.matchAll(/^\| `(\w+)` \| (.*?) \| (.*?) \|$/gm)];

test('each code is explained once, and no other', (t) => {
  t.true(codes.length > 50);
  t.deepEqual(rows.map(([, code]) => code).sort(), codes);
  t.deepEqual(
    [...page.matchAll(/\b[EW]_[A-Z_]+\b/g)].filter(([code]) => !codes.includes(code)),
    [],
  );
});

test('each is said to mean something, and something to do', (t) => {
  for (const [, code, meaning = '', advice = ''] of rows)
    t.true(meaning !== '' && advice !== '', code);
});

test('the guide names no code that there is not', async (t) => {
  const guide = await readPage('declarative.md');
  const named = [...guide.matchAll(/\b[EW]_[A-Z_]+\b/g)].map(([code]) => code);
  t.true(named.length > 5);
  t.deepEqual(
    named.filter((code) => !codes.includes(code)),
    [],
  );
});

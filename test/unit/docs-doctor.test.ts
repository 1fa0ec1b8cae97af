import test from 'ava';
import { checks } from '#lib/cli/doctor/checks.js';
import { readPage } from './_docs-page.js';

const page = await readPage('doctor.md');

test('the page has every check as it is, in its order, and no other', (t) => {
  const rows = [...page.matchAll(/^\| `([\w-]+)` \| (\w+) \| (.*?) \| (.*?) \|$/gm)];
  t.true(rows.length > 25);
  t.deepEqual(
    rows.map(([, ...columns]) => columns),
    checks.map(({ code, severity, when, why }) => [code, severity, when, why]),
  );
});

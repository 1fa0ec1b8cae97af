import { readFile } from 'node:fs/promises';
import test from 'ava';

const text = await readFile('CHANGELOG.md', 'utf8');
const { version } = JSON.parse(await readFile('package.json', 'utf8'));
const releases = text.split(/^## /m).slice(1);

// https://common-changelog.org
test('the changelog has a dated entry for each release, the latest first, and none for what is not released', (t) => {
  t.true(text.startsWith('# Changelog\n\n## '));
  const heads = releases.map((release) => release.split('\n')[0] ?? '');
  for (const head of heads) t.regex(head, /^\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d$/);
  t.is(heads[0]?.split(' ')[0], version);
  const dates = heads.map((head) => head.split(' ')[2]);
  t.deepEqual(dates, [...dates].sort().reverse());
});

test('changes are grouped in the order of their weight, each once, and told in the imperative', (t) => {
  const order = ['Changed', 'Added', 'Removed', 'Fixed'];
  for (const release of releases) {
    const groups = [...release.matchAll(/^### (.*)$/gm)].map(([, name = '']) => name);
    t.deepEqual(
      groups,
      order.filter((name) => groups.includes(name)),
    );
    const changes = [...release.matchAll(/^- (.*)$/gm)].map(([, first = '']) => first);
    t.true(changes.length > 0);
    for (const change of changes)
      t.regex(change, /^(?:\*\*Breaking:\*\* )?[A-Z][a-z]+(?<!ed|ing) /);
  }
});

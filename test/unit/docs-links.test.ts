import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const root = process.cwd();
const { brokenLinks } = await import(pathToFileURL(join(root, 'scripts', 'links.js')).href);

test('the site is built without a warning, and every link in it leads somewhere', async (t) => {
  t.timeout(400_000);
  const site = join(root, 'build', 'docs', 'site');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['scripts/docs.js', site]);
  t.is(stderr, '');
  t.regex(stdout, /index\.html\n$/);
  const pages = await readdir(site, { recursive: true });
  t.true(pages.includes('classes/ipvs.Ipvs.html'));
  t.true(pages.includes('functions/ipvs_metrics.collectMetrics.html'));
  t.true(pages.includes('classes/ipvs_testing.FakeKernel.html'));
  const guides = (await readdir(join(root, 'docs'), { recursive: true })).filter((name) =>
    name.endsWith('.md'),
  );
  // The changelog is one more.
  t.is(pages.filter((page) => page.startsWith('documents/')).length, guides.length + 1);
});

test('a link that leads nowhere is found', async (t) => {
  const folder = join(root, 'build', 'docs', 'links');
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'sub'), { recursive: true });
  await writeFile(
    join(folder, 'one.html'),
    '<p id="here"><a href="sub/two.html#there">1</a><a href="#here">2</a><a href="https://example.com/">3</a>' +
      '<a href="three.html">4</a><a href="sub/two.html#nowhere">5</a><img src="sub"><a href="../one.html">6</a>',
  );
  await writeFile(
    join(folder, 'sub', 'two.html'),
    '<p id="there"><a href="../one.html#here">7</a>',
  );
  t.deepEqual(brokenLinks(folder), [
    { page: 'one.html', link: 'three.html' },
    { page: 'one.html', link: 'sub/two.html#nowhere' },
    { page: 'one.html', link: 'sub' },
    { page: 'one.html', link: '../one.html' },
  ]);
});

/** The places of a page in Markdown: of headings, as repositories are shown on the web. */
function placesOf(page: string): string[] {
  const text = page.replaceAll(/^```.*?^```$/gms, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('links between the pages as they are in the repository lead somewhere, too', async (t) => {
  const guides = await readdir(join(root, 'docs'), { recursive: true });
  const pages = ['README.md', 'CHANGELOG.md', ...guides.map((name) => `docs/${name}`)];
  let count = 0;
  for (const page of pages.filter((name) => name.endsWith('.md'))) {
    const text = (await readFile(page, 'utf8')).replaceAll(/^```.*?^```$/gms, '');
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (link.startsWith('https://')) continue;
      const [path = '', place] = link.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      t.true((await stat(file)).isFile(), `${page}: ${link}`);
      if (place !== undefined)
        t.true(placesOf(await readFile(file, 'utf8')).includes(place), `${page}: ${link}`);
      count += 1;
    }
  }
  t.true(count > 30);
});

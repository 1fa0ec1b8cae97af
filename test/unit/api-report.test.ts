import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';

interface Entry {
  readonly name: string;
  readonly file: string;
}

const script = (name: string) =>
  import(pathToFileURL(join(process.cwd(), 'scripts', `${name}.js`)).href);
const apiReports: (entries: readonly Entry[]) => Map<string, string> = (await script('api-report'))
  .apiReports;
const apiEntries: () => Entry[] = (await script('entries')).apiEntries;
const folder = join('test', 'snapshots', 'api');

test('what is exported is what was agreed to', async (t) => {
  t.timeout(120_000);
  const reports = apiReports(apiEntries());
  const files = [...reports.keys()].map((name) => `${name.replaceAll('/', '-')}.md`);
  t.deepEqual((await readdir(folder)).sort(), files.sort());
  for (const [name, text] of reports) {
    const file = join(folder, `${name.replaceAll('/', '-')}.md`);
    t.is(
      text,
      await readFile(file, 'utf8'),
      `What ${name} exports has changed. If that is meant, say it in CHANGELOG.md and run: npm run api -- --update`,
    );
  }
});

/** The report of a module made for it. */
async function reportOf(name: string, text: string): Promise<string> {
  const place = join(process.cwd(), 'build', 'api-report', name);
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'parts.d.ts'), text);
  const file = join(place, 'index.d.ts');
  await writeFile(file, "export { open } from './parts.js';\n");
  return apiReports([{ name, file }]).get(name) ?? '';
}

const text = `
import { Socket } from 'node:net';
/** Words that may change. */
export declare function open(options: Options): Handle;
interface Options { readonly name?: string }
declare class Handle { #secret; private own; readonly socket: Socket; private constructor(); close(): void }
interface Unrelated { readonly unrelated: 1 }
`;

test('a report has the signatures and what they are made of, but nothing private', async (t) => {
  t.timeout(120_000);
  const report = await reportOf('whole', text);
  t.true(report.includes('function open(options: Options): Handle;\n'), report);
  t.true(report.includes('interface Options {\n    readonly name?: string;\n}'));
  t.true(report.includes('private constructor();'));
  t.true(report.includes('close(): void;'));
  for (const hidden of ['secret', 'own', 'Words', 'unrelated', 'class Socket'])
    t.false(report.includes(hidden), hidden);
  const other = await reportOf('other', text.replace('name?: string', 'name: string'));
  t.not(other, report.replace('# whole', '# other'));
  t.true(other.includes('readonly name: string;'));
});

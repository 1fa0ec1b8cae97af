import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { RunningCommand } from '../unit/_cli.js';
import { type Block, blocksOf, makeFolder, readPage } from '../unit/_docs-page.js';
import { isAsSaid, showGuide } from './_guide.js';
import { makeNamespace } from './_namespace.js';

// What the pages besides the guides show is done.

const document = `version: 1
services:
  - { protocol: tcp, address: 10.9.0.1, port: 80, destinations: [{ address: 10.2.1.2, port: 8080 }, { address: 10.2.1.3 }] }
`;

/** What goes on until it is told to stop, with what it says when it is at work. */
const endless: Readonly<Record<string, string>> = { watch: 'document', '--listen': 'http' };

/** What a test with a terminal of its own shows. */
const elsewhere = /^ipvs top\b/;

/** Lines of a page that begin with the command, also that of the unit of systemd; without comments and redirections. */
function linesOf(blocks: readonly Block[]): string[] {
  const lines = blocks
    .filter(({ language }) => language === 'sh' || language === 'ini')
    .flatMap(({ text }) => text.split('\n'))
    .map((line) => line.replace(/^ExecStart=\/usr\/bin\//, '').replace(/ +[#>] .*$/, ''));
  return lines.filter((line) => line.startsWith('ipvs ') && !elsewhere.test(line));
}

/** Files of the page are in a folder of the test, whatever folder it names, and the namespace `blue` is one of the test. */
function wordsOf(line: string, folder: string, blue: string): string[] {
  return line
    .split(' ')
    .slice(1)
    .filter((word) => word !== '')
    .map((word) => {
      if (word === 'blue') return blue;
      const file = /^(?:\/\S*\/)?((?:web|services)\.\w+)$/.exec(word)?.[1];
      return file === undefined ? word : join(folder, file);
    });
}

async function runLine(t: ExecutionContext, line: string, words: string[], netns: string) {
  const verb = words[0] ?? '';
  const running = new RunningCommand({ real: { netns, timeout: 60_000 } }, words, {
    terminal: verb === 'apply',
  });
  if (verb === 'apply') running.type('yes');
  const [sign] = words.flatMap((word) => endless[word] ?? []);
  if (sign !== undefined) {
    await running.says(sign);
    running.interrupt();
  }
  const status = await running.end();
  // What the doctor finds is a failure of the namespace.
  t.true(status === 0 || (verb === 'doctor' && status === 1), `${line}: ${running.stderr}`);
}

for (const page of ['../README.md', 'command.md', 'doctor.md', 'metrics.md']) {
  test.serial(`each command of ${basename(page)} does something`, async (t) => {
    const { ipvs, name } = await makeNamespace(t);
    const { name: blue } = await makeNamespace(t);
    await ipvs.addService({ protocol: 'tcp', address: '10.0.0.1', port: 80 });
    await ipvs.addDestination('tcp/10.0.0.1:80', { address: '10.1.0.5', port: 8080 });
    const folder = await makeFolder(`commands-${basename(page)}`);
    for (const file of ['web.yaml', 'services.yaml']) await writeFile(join(folder, file), document);
    const lines = linesOf(blocksOf(await readPage(page)));
    t.true(lines.length > 2);
    for (const line of lines) await runLine(t, line, wordsOf(line, folder, blue), name);
  });
}

test.serial('what declarative.md says is so', async (t) => {
  const { name } = await makeNamespace(t);
  const shown = await showGuide('declarative.md', name);
  t.true(shown.printed.size > 20);
  isAsSaid(t, shown);
});

const rules = '-A -t 10.0.0.9:80 -s rr\n-a -t 10.0.0.9:80 -r 10.1.0.5:8080 -m -w 2\n';

for (const [page, printed, left] of [
  [
    '../README.md',
    [/^tcp\/10\.0\.0\.1:80 0n$/, /tcp\/10\.9\.0\.1:80/, /^$/],
    ['tcp/10.0.0.1:80', 'tcp/10.9.0.1:80'],
  ],
  ['metrics.md', [/^ipvs_/m, /^ipvs_/m], []],
  ['ipvsadm.md', [/^$/], ['tcp/10.0.0.9:80']],
] as const) {
  test.serial(`the programs of ${basename(page)} run`, async (t) => {
    const { ipvs, name } = await makeNamespace(t);
    const files = { 'ipvsadm.rules': rules };
    const shown = await showGuide(page, name, { languages: ['ts'], files });
    const outputs = [...shown.printed.values()];
    t.is(outputs.length, printed.length);
    for (const [index, expected] of printed.entries()) {
      t.regex(outputs[index] ?? '', expected);
      t.notRegex(outputs[index] ?? '', /Error/);
    }
    const services = await ipvs.listServices();
    t.deepEqual<readonly string[], readonly string[]>(
      services.map(({ id }) => id),
      left,
    );
  });
}

test.serial(
  'the test, the scripts and the workflow of lab.md are what they should be',
  async (t) => {
    const { run } = await makeNamespace(t);
    const blocks = blocksOf(await readPage('lab.md'));
    const textOf = (language: string) =>
      blocks.find((block) => block.language === language)?.text ?? '';
    const file = join(await makeFolder('lab.md'), 'service.test.mjs');
    await writeFile(file, textOf('js'));
    const reported = await run(process.execPath, '--test', '--test-reporter=tap', file);
    t.regex(reported, /^# pass 1$/m);
    t.regex(reported, /^# skipped 0$/m);
    const { scripts } = JSON.parse(textOf('json')) as { scripts: Record<string, string> };
    t.is(scripts['test:kernel'], 'ipvs lab -- npm test');
    const { jobs } = parse(textOf('yaml')) as {
      jobs: Record<string, { steps: readonly Record<string, string>[] }>;
    };
    const commands = Object.values(jobs).flatMap(({ steps }) =>
      steps.flatMap((step) => step['run'] ?? []),
    );
    t.true(commands.includes('npx ipvs lab -- npm test'));
    const packages = /install .*?((?: [a-z][a-z0-9-]+)+)$/.exec(
      textOf('sh').split('\n')[0] ?? '',
    )?.[1];
    t.true(packages !== undefined && commands.some((each) => each.endsWith(packages)), packages);
  },
);

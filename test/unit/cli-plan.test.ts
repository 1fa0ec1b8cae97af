import { readFile } from 'node:fs/promises';
import test from 'ava';
import { type Plan, planFromJSON } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';
import { command, makeFolder } from './_cli.js';
import { kernelWith, to, web, webId, writes } from './_runs.js';

const document = `version: 1
services:
  - address: 10.9.0.1
    port: 80
    protocol: tcp
    destinations:
      - { address: 10.2.0.1, port: 8080 }
      - { address: 10.2.0.2, port: 8080, weight: 2 }
`;

test('a plan is shown, and nothing is done', async (t) => {
  const folder = await makeFolder(t);
  const kernel = new FakeKernel();
  const file = await folder.write('web.yaml', document);
  const { status, stdout, stderr } = await command(kernel, ['plan', file]);
  t.is(stderr, '');
  t.is(status, 0);
  t.is(
    stdout,
    `Scope: declared. Actual: 0 services, 0 destinations.

+ tcp/10.9.0.1:80  wlc
    + 10.2.0.1:8080  masquerade  weight 1
    + 10.2.0.2:8080  masquerade  weight 2

Plan: services 1 to add, 0 to change, 0 to remove; destinations 2 to add, 0 to change, 0 to remove. 3 operations.
`,
  );
  t.deepEqual(writes(kernel), []);
});

test('exit codes tell whether there are changes where that is asked for', async (t) => {
  const words = ['plan', '-', '--detailed-exitcode'];
  const input = 'version: 1\nservices: [{ address: 10.9.0.1, port: 80, protocol: tcp }]\n';
  const changes = await command(new FakeKernel(), words, { input });
  t.is(changes.status, 2);
  const same = await command(await kernelWith([web]), words, { input });
  t.is(same.status, 0);
  t.is(
    same.stdout,
    'No changes. Actual state matches desired state (1 service, 0 destinations).\n',
  );
});

test('operations, what does not change, and colours are there for who wants them', async (t) => {
  const kernel = await kernelWith([web]);
  const all = await command(kernel, ['plan', '-', '--operations', '--verbose', '--exclusive'], {
    input: document,
  });
  t.regex(all.stdout, /^0001 expand {9}add-dest {6}tcp\/10\.9\.0\.1:80 -> 10\.2\.0\.1:8080$/m);
  const verbose = await command(kernel, ['plan', '-', '--verbose'], {
    input: JSON.stringify({ version: 1, services: [web] }),
  });
  t.regex(verbose.stdout, /^ {2}tcp\/10\.9\.0\.1:80/m);
  const coloured = await command(kernel, ['plan', '-'], {
    input: document,
    environment: { NO_COLOR: '', FORCE_COLOR: '1' },
  });
  t.true(coloured.stdout.includes('\u001b[32m'));
});

test('for programs there is JSON, on the output and in a file', async (t) => {
  const folder = await makeFolder(t);
  const out = folder.path('web.plan');
  const { stdout } = await command(new FakeKernel(), ['plan', '-', '--json', '--out', out], {
    input: document,
  });
  const plan: Plan = planFromJSON(stdout);
  t.is(plan.operations.length, 3);
  t.is(await readFile(out, 'utf8'), stdout);
});

test('options decide what belongs to the document', async (t) => {
  const kernel = await kernelWith([{ ...web, destinations: to(1) }]);
  const input = 'version: 1\nservices: []\n';
  const plan = (...words: readonly string[]) => command(kernel, ['plan', '-', ...words], { input });
  t.regex((await plan()).stdout, /^No changes/);
  const selected = await plan('--select', '10.9.0.0/24', '--allow-empty', '--drain-deadline', '9s');
  t.regex(selected.stdout, /^Scope: selected \(10\.9\.0\.0\/24\)/);
  t.regex(
    selected.stdout,
    /^- tcp\/10\.9\.0\.1:80\n {4}- 10\.2\.0\.1:80 {2}drain until idle, at most 9s$/m,
  );
});

test('a plan with errors is shown, and is an error', async (t) => {
  const folder = await makeFolder(t);
  const out = folder.path('empty.plan');
  const kernel = await kernelWith([web]);
  const input = 'version: 1\nservices: []\n';
  const { status, stdout, stderr } = await command(
    kernel,
    ['plan', '-', '--exclusive', '--detailed-exitcode', '--out', out],
    { input },
  );
  t.is(status, 1);
  t.regex(stdout, /^! E_EMPTY_DESIRED/m);
  t.regex(stderr, /empty\.plan: not saved/);
  await t.throwsAsync(readFile(out), { code: 'ENOENT' });
  const json = await command(kernel, ['plan', '-', '--exclusive', '--json'], { input });
  t.is(json.status, 1);
  t.is(JSON.parse(json.stdout).diagnostics[0].code, 'E_EMPTY_DESIRED');
});

test('a document that is wrong is told with its places before anything is opened', async (t) => {
  const folder = await makeFolder(t);
  const file = await folder.write(
    'web.yaml',
    'version: 1\nservices:\n  - { address: 10.9.0.1, port: 80, protocol: tcp, schedular: rr }\n',
  );
  const { status, stdout, stderr } = await command(new FakeKernel(), ['plan', file]);
  t.is(status, 1);
  t.is(stdout, '');
  t.is(
    stderr,
    `${file}:3:51: error E_SCHEMA: expected no field of this name, got "rr"
  3 |   - { address: 10.9.0.1, port: 80, protocol: tcp, schedular: rr }
    |                                                   ^^^^^^^^^^^^^
`,
  );
  const json = await command(new FakeKernel(), ['plan', file, '--json']);
  t.deepEqual(JSON.parse(json.stderr).error.findings, [
    {
      line: 3,
      column: 51,
      severity: 'error',
      code: 'E_SCHEMA',
      message: 'expected no field of this name, got "rr"',
    },
  ]);
});

test('what a document is warned of is told once, with its place', async (t) => {
  const { stdout, stderr } = await command(new FakeKernel(), ['plan', '-'], {
    input: 'version: 1\nservices: [{ address: "::ffff:10.9.0.1", port: 80, protocol: tcp }]\n',
  });
  t.regex(stderr, /^standard input:2:23: warning W_ADDRESS_MAPPED: /);
  t.false(stdout.includes('W_ADDRESS_MAPPED'));
});

test('what was made before goes when it is not asked for any more', async (t) => {
  const folder = await makeFolder(t);
  const state = folder.path('state.json');
  const kernel = await kernelWith([web]);
  const record = { version: 1, services: [webId], vips: [] };
  await folder.write('state.json', JSON.stringify({ version: 1, record, drains: [] }));
  const words = ['plan', '-', '--state', state];
  const input = 'version: 1\nservices: []\n';
  t.regex((await command(kernel, words, { input })).stdout, /^- tcp\/10\.9\.0\.1:80$/m);
  await folder.write('state.json', '{"version": 1, "record": {"version": 1, "services": [7]}}');
  const wrong = await command(kernel, words, { input });
  t.is(wrong.status, 1);
  t.is(wrong.stderr.startsWith(`ipvs: ${state}: record.services`), true, wrong.stderr);
});

test('bad command lines say what is wrong with them', async (t) => {
  const cases: readonly (readonly [words: readonly string[], pattern: RegExp])[] = [
    [['plan'], /missing required argument 'file'/],
    [['plan', 'a', 'b'], /too many arguments/],
    [['plan', 'none.yaml'], /^ipvs: none\.yaml: no such file or directory$/m],
    [['plan', '-', '--out', '/none/at/all'], /^ipvs: \/none\/at\/all: no such file or directory$/m],
    [['plan', '-', '--drain-until', 'never'], /--drain-until <state>.*Expected idle, no-active/],
    [['plan', '-', '--exclude', 'tcp'], /'--exclude <services>' needs/],
    [['plan', '-', '--frobnicate'], /unknown option '--frobnicate'/],
  ];
  for (const [words, pattern] of cases) {
    const { status, stderr } = await command(new FakeKernel(), words, { input: document });
    t.is(status, 1, words.join(' '));
    t.regex(stderr, pattern);
  }
});

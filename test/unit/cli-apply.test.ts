import { readFile } from 'node:fs/promises';
import test from 'ava';
import { FakeKernel } from 'ipvs/testing';
import { command, eventually, makeFolder, RunningCommand } from './_cli.js';
import { kernelWith, type Services, to, web, webId, weights, writes } from './_runs.js';

const documentOf = (services: Services) => JSON.stringify({ version: 1, services });

const two = documentOf([{ ...web, scheduler: 'rr', destinations: to(1, 2) }]);
const second = documentOf([{ ...web, scheduler: 'rr', destinations: to(2) }]);

/** A kernel with two destinations, and a connection to the first. */
async function busyKernel() {
  const kernel = await kernelWith([{ ...web, scheduler: 'rr', destinations: to(1, 2) }]);
  for (;;) {
    const connection = kernel.connect(web, { client: '192.0.2.1' });
    if (connection?.destination === '10.2.0.1:80') return { kernel, connection };
    connection?.expire();
  }
}

test('the plan is shown and carried out', async (t) => {
  const kernel = new FakeKernel();
  const { status, stdout, stderr } = await command(kernel, ['apply', '-', '--yes'], { input: two });
  t.is(stderr, '');
  t.is(status, 0);
  t.regex(stdout, /^\+ tcp\/10\.9\.0\.1:80 {2}rr$/m);
  t.regex(stdout, /\nApplied: 3 done\.\n$/);
  t.deepEqual(await weights(kernel), ['10.2.0.1 1', '10.2.0.2 1']);
  const again = await command(kernel, ['apply', '-', '--yes'], { input: two });
  t.is(again.status, 0);
  t.is(
    again.stdout,
    'No changes. Actual state matches desired state (1 service, 2 destinations).\n',
  );
});

test('where nobody can be asked, nothing is done without --yes', async (t) => {
  const folder = await makeFolder(t);
  const file = await folder.write('web.json', two);
  const kernel = new FakeKernel();
  for (const [name, terminal] of [
    [file, false],
    ['-', true],
  ] as const) {
    const running = new RunningCommand(kernel, ['apply', name], { terminal, input: two });
    t.is(await running.end(), 1);
    t.regex(running.stderr, /there is no terminal to ask on: nothing was done\n {2}--yes/);
    t.is(running.opened, 0);
  }
  t.deepEqual(writes(kernel), []);
});

test('somebody at a terminal is asked, and has to say yes', async (t) => {
  const folder = await makeFolder(t);
  const file = await folder.write('web.json', two);
  const asked = async (answer: string | undefined) => {
    const kernel = new FakeKernel();
    const running = new RunningCommand(kernel, ['apply', file], { terminal: true });
    await running.says('Carry out these 3 operations? [y/N] ');
    t.deepEqual(writes(kernel), [], 'not before the answer');
    if (answer === undefined) running.typeEnd();
    else running.type(answer);
    return [await running.end(), writes(kernel).length];
  };
  for (const yes of ['y', 'yes', ' YES ']) t.deepEqual(await asked(yes), [0, 3]);
  for (const no of ['', 'n', 'yesterday', undefined]) t.deepEqual(await asked(no), [1, 0]);
});

test('what was agreed to is not done when something has changed meanwhile', async (t) => {
  const folder = await makeFolder(t);
  const file = await folder.write('web.json', two);
  const kernel = new FakeKernel();
  const running = new RunningCommand(kernel, ['apply', file], { terminal: true });
  await running.says('[y/N]');
  await kernel.other.addService({ ...web, scheduler: 'sh' });
  running.type('y');
  t.is(await running.end(), 1);
  t.regex(running.stderr, /E_STALE_PLAN: something has changed since the plan was made/);
  t.deepEqual(writes(kernel), []);
});

test('asked, somebody can leave', async (t) => {
  const folder = await makeFolder(t);
  const file = await folder.write('web.json', two);
  const kernel = new FakeKernel();
  const running = new RunningCommand(kernel, ['apply', file], { terminal: true });
  await running.says('[y/N]');
  running.interrupt();
  t.is(await running.end(), 130);
  t.deepEqual(writes(kernel), []);
});

test('a dry run shows the plan, checks, and changes nothing', async (t) => {
  const kernel = new FakeKernel();
  const { status, stdout } = await command(kernel, ['apply', '-', '--dry-run'], { input: two });
  t.is(status, 0);
  t.regex(stdout, /3 operations\.\nDry run: nothing was done\.\n$/);
  t.deepEqual(writes(kernel), []);
});

test('a saved plan is carried out if it still fits', async (t) => {
  const folder = await makeFolder(t);
  const out = folder.path('web.plan');
  const kernel = new FakeKernel();
  await command(kernel, ['plan', '-', '--out', out], { input: two });
  const words = ['apply', '--plan', out, '--yes'];
  const done = await command(kernel, words);
  t.is(done.status, 0, done.stderr);
  t.deepEqual(await weights(kernel), ['10.2.0.1 1', '10.2.0.2 1']);
  kernel.clearCalls();
  const stale = await command(kernel, words);
  t.is(stale.status, 1);
  t.regex(stale.stderr, /E_STALE_PLAN/);
  t.deepEqual(writes(kernel), []);
  const anew = await command(kernel, [...words, '--stale', 'replan']);
  t.is(anew.status, 0);
});

test('what is no plan is not carried out', async (t) => {
  const folder = await makeFolder(t);
  const file = await folder.write('web.json', two);
  for (const [name, pattern] of [
    [file, /web\.json: kind: expected "ipvs-plan"/],
    [await folder.write('half', '{"kind":'), /half: /],
    [folder.path('none'), /none: no such file or directory/],
  ] as const) {
    const { status, stderr } = await command(new FakeKernel(), ['apply', '--yes', '--plan', name]);
    t.is(status, 1);
    t.regex(stderr, pattern);
  }
});

test('a drain is waited for, and each change of its connections is told', async (t) => {
  const { kernel, connection } = await busyKernel();
  const words = ['apply', '-', '--yes', '--drain-poll', '10ms'];
  const running = new RunningCommand(kernel, words, { input: second });
  await running.says('10.2.0.1:80: 1 active, 0 inactive connections\n');
  connection.close();
  await running.says('10.2.0.1:80: 0 active, 1 inactive connections\n');
  connection.expire();
  t.is(await running.end(), 0);
  t.regex(running.stdout, /^tcp\/10\.9\.0\.1:80 -> 10\.2\.0\.1:80: drained, and removed$/m);
  t.regex(running.stdout, /\nApplied: 2 done\.\n$/);
});

test('on a terminal one line shows how far it is, and goes away', async (t) => {
  const { kernel, connection } = await busyKernel();
  const folder = await makeFolder(t);
  const file = await folder.write('web.json', second);
  const words = ['apply', file, '--yes', '--drain-poll', '60ms'];
  const running = new RunningCommand(kernel, words, { terminal: true });
  await running.says('10.2.0.1:80: 1 active, 0 inactive connections  █');
  connection.expire();
  t.is(await running.end(), 0);
  const line = '\r\u001b[2K';
  t.true(running.stdout.includes(`${line}tcp/10.9.0.1:80 -> 10.2.0.1:80: 1 active`));
  t.true(running.stdout.includes(`${line}tcp/10.9.0.1:80 -> 10.2.0.1:80: drained, and removed\n`));
  t.true(running.stdout.endsWith(`${line}Applied: 2 done.\n`));
});

test('drains that are not waited for are an exit code of their own', async (t) => {
  const { kernel } = await busyKernel();
  const words = ['apply', '-', '--yes', '--no-wait'];
  const { status, stdout } = await command(kernel, words, { input: second });
  t.is(status, 3);
  t.regex(stdout, /\nApplied: 1 done, 1 waiting for connections to end\.\n$/);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1']);
});

test('interrupted, it ends at the next safe point and says what was done', async (t) => {
  const { kernel } = await busyKernel();
  const running = new RunningCommand(kernel, ['apply', '-', '--yes', '--drain-poll', '10ms'], {
    input: second,
  });
  await running.says('1 active');
  running.interrupt();
  t.is(await running.end(), 130);
  t.regex(running.stdout, /^! E_ABORTED: the run was aborted/m);
  t.regex(running.stdout, /^1 left out: the run was interrupted$/m);
  t.regex(running.stdout, /\nApplied: 1 done, 1 left out\.\n$/);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1']);
});

test('a failure is told with what it was about, and what was left out for it', async (t) => {
  const { kernel } = await busyKernel();
  kernel.inject({ operation: 'add-destination', code: 'EINVAL' });
  const input = documentOf([{ ...web, scheduler: 'rr', destinations: to(2, 3) }]);
  const { status, stdout } = await command(kernel, ['apply', '-', '--yes'], { input });
  t.is(status, 1);
  t.regex(stdout, /^! add-dest tcp\/10\.9\.0\.1:80 -> 10\.2\.0\.3:80: failed, E_KERNEL: /m);
  t.regex(stdout, /^2 left out: nothing is taken away from a service where something failed$/m);
  t.regex(stdout, /\nApplied: 1 failed, 2 left out\.\n$/);
});

test('after a failure, what was done can be undone', async (t) => {
  const kernel = new FakeKernel();
  kernel.inject({ operation: 'add-destination', code: 'EINVAL' });
  const words = ['apply', '-', '--yes', '--on-error', 'rollback'];
  const { status, stdout } = await command(kernel, words, { input: two });
  t.is(status, 1);
  t.regex(stdout, /undone/);
  t.deepEqual(kernel.raw(), []);
});

test('each operation is told where that is asked for', async (t) => {
  const words = ['apply', '-', '--yes', '--operations'];
  const { stdout } = await command(new FakeKernel(), words, { input: two });
  t.regex(stdout, /^0001 create {9}add-service/m);
  t.regex(stdout, /^add-dest tcp\/10\.9\.0\.1:80 -> 10\.2\.0\.2:80: ok$/m);
});

test('for programs there is a report, and nothing else', async (t) => {
  const kernel = new FakeKernel();
  const { status, stdout, stderr } = await command(kernel, ['apply', '-', '--yes', '--json'], {
    input: two,
  });
  t.is(status, 0);
  t.is(stderr, '');
  const report = JSON.parse(stdout);
  t.like(report, { ok: true, converged: true, pending: 0, rounds: 1 });
  t.is(report.results.length, 3);
  t.is(report.plan.kind, 'ipvs-plan');
});

test('for programs with somebody beside them, the question is on the other stream', async (t) => {
  const folder = await makeFolder(t);
  const file = await folder.write('web.json', two);
  const running = new RunningCommand(new FakeKernel(), ['apply', file, '--json'], {
    terminal: true,
  });
  await running.says('[y/N]');
  t.regex(running.stderr, /3 operations\.\nCarry out these 3 operations\? /);
  running.type('y');
  t.is(await running.end(), 0);
  t.true(JSON.parse(running.stdout).converged);
});

test('interrupted, the report for programs says so', async (t) => {
  const { kernel } = await busyKernel();
  const words = ['apply', '-', '--yes', '--json', '--drain-poll', '10ms'];
  const running = new RunningCommand(kernel, words, { input: second });
  await eventually(
    async () => (await weights(kernel))[0] === '10.2.0.1 0',
    () => 'the weight',
  );
  running.interrupt();
  t.is(await running.end(), 130);
  const report = JSON.parse(running.stdout);
  t.false(report.ok);
  t.is(report.diagnostics[0].code, 'E_ABORTED');
});

test('a plan with errors is not carried out', async (t) => {
  const kernel = await kernelWith([web]);
  const words = ['apply', '-', '--yes', '--exclusive'];
  const { status, stdout, stderr } = await command(kernel, words, {
    input: documentOf([]),
  });
  t.is(status, 1);
  t.regex(stdout, /E_EMPTY_DESIRED/);
  t.regex(stderr, /^ipvs: the plan cannot be carried out:\n {2}E_EMPTY_DESIRED/);
  t.deepEqual(writes(kernel), []);
});

test('what was made is kept in a file, and goes when it is not asked for any more', async (t) => {
  const folder = await makeFolder(t);
  const state = folder.path('state.json');
  const kernel = await kernelWith([{ ...web, port: 81 }]);
  const words = ['apply', '-', '--yes', '--state', state];
  await command(kernel, words, { input: two });
  const kept = JSON.parse(await readFile(state, 'utf8'));
  t.deepEqual(kept, {
    version: 1,
    record: { version: 1, services: [webId], vips: [] },
    drains: [],
  });
  t.is((await command(kernel, words, { input: documentOf([]) })).status, 0);
  t.is(kernel.raw().length, 1, 'that of somebody else is there');
  t.deepEqual(JSON.parse(await readFile(state, 'utf8')).record.services, []);
});

test('where that file cannot be written, nothing is done', async (t) => {
  const kernel = new FakeKernel();
  const words = ['apply', '-', '--yes', '--state', '/none/at/all'];
  const { status, stderr } = await command(kernel, words, { input: two });
  t.is(status, 1);
  t.is(stderr, 'ipvs: /none/at/all: no such file or directory\n');
  t.deepEqual(writes(kernel), []);
});

test('drains keep their deadline from one run to the next in that file', async (t) => {
  const folder = await makeFolder(t);
  const state = folder.path('state.json');
  const { kernel } = await busyKernel();
  const words = ['apply', '-', '--yes', '--state', state, '--drain-deadline', '1h', '--no-wait'];
  t.is((await command(kernel, words, { input: second })).status, 3);
  const first = JSON.parse(await readFile(state, 'utf8')).drains;
  t.is(first.length, 1);
  t.is(first[0].deadlineAt - first[0].startedAt, 3_600_000);
  t.is((await command(kernel, words, { input: second })).status, 3);
  t.deepEqual(JSON.parse(await readFile(state, 'utf8')).drains, first);
  const shown = await command(kernel, ['plan', '-', '--state', state], { input: second });
  t.regex(shown.stdout, /^ {4}= 10\.2\.0\.1:80/m);
});

test('bad command lines say what is wrong with them', async (t) => {
  const cases: readonly (readonly [words: readonly string[], pattern: RegExp])[] = [
    [['apply'], /expected either a document or option '--plan <file>'/],
    [['apply', 'a', '--plan', 'b'], /expected either a document or option '--plan <file>'/],
    [
      ['apply', '--plan', 'b', '--exclusive'],
      /'--plan <file>' cannot be used with option '--exclusive'/,
    ],
    [['apply', '--plan', 'b', '--drain-poll', '1s'], /cannot be used with option '--drain-poll/],
    [['apply', '-', '--on-error', 'ignore'], /--on-error <mode>.*continue, stop, rollback/],
    [['apply', '-', '--stale', 'old'], /--stale <mode>.*replan, fail, force/],
    [['apply', '-', '--max-rounds', '0'], /--max-rounds <number>.*1 to 1000/],
  ];
  for (const [words, pattern] of cases) {
    const running = new RunningCommand(new FakeKernel(), words, { input: two });
    t.is(await running.end(), 1, words.join(' '));
    t.regex(running.stderr, pattern);
    t.is(running.opened, 0);
  }
});

import { readFile, rename, rm } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { FakeKernel } from 'ipvs/testing';
import {
  type Circumstances,
  command,
  eventually,
  type Folder,
  makeFolder,
  RunningCommand,
} from './_cli.js';
import { kernelWith, type Services, to, web, webId, weights, writes } from './_runs.js';

const documentOf = (services: Services) => JSON.stringify({ version: 1, services });

const one = documentOf([{ ...web, destinations: to(1) }]);
const two = documentOf([{ ...web, destinations: to(1, 2) }]);

async function replace(folder: Folder, name: string, text: string): Promise<void> {
  const next = await folder.write(`${name}.next`, text);
  await rename(next, folder.path(name));
}

/** What was logged, without the times. */
const lines = (text: string) => text.replaceAll(/^\S+Z /gm, '');

/** Starts a watch that ends with the test. */
function start(
  t: ExecutionContext,
  kernel: FakeKernel,
  words: readonly string[],
  circumstances: Circumstances = {},
): RunningCommand {
  const running = new RunningCommand(kernel, ['watch', ...words], circumstances);
  t.teardown(() => running.interrupt());
  return running;
}

test.serial('what a file says is kept, and told line by line', async (t) => {
  const folder = await makeFolder(t);
  const file = await folder.write('web.json', one);
  const kernel = new FakeKernel();
  const running = start(t, kernel, [file, '--resync', '100ms']);
  await running.says('converged');
  t.deepEqual(await weights(kernel), ['10.2.0.1 1']);
  t.regex(running.stdout, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z start {5}/);
  t.is(
    lines(running.stdout),
    `start     ${file}, scope declared
document  ${file}: services 1, destinations 1
plan      services 1 to add, 0 to change, 0 to remove; destinations 1 to add, 0 to change, 0 to remove. 2 operations.
operation add-service ${webId}: ok
operation add-dest ${webId} -> 10.2.0.1:80: ok
converged all is as it should be
`,
  );

  await kernel.other.removeDestination(web, '10.2.0.1:80');
  await running.says(`drift     changed by others, and put back: add-dest ${webId} -> 10.2.0.1:80`);
  await eventually(
    async () => (await weights(kernel)).join() === '10.2.0.1 1',
    () => 'the destination',
  );

  await replace(folder, 'web.json', two);
  await eventually(
    async () => (await weights(kernel)).length === 2,
    () => 'the other destination',
  );
  running.interrupt();
  t.is(await running.end(), 0);
  t.regex(running.stdout, /stop {6}stopped\n$/);
  t.is(running.stderr, '');
  t.deepEqual(await weights(kernel), ['10.2.0.1 1', '10.2.0.2 1'], 'everything is kept');
});

test.serial(
  'a file that is wrong is told once, and what it said last stays in force',
  async (t) => {
    const folder = await makeFolder(t);
    const file = await folder.write('web.yaml', one);
    const kernel = new FakeKernel();
    const running = start(t, kernel, [file, '--resync', '100ms', '--verbose']);
    await running.says('converged');
    await replace(folder, 'web.yaml', 'version: 1\nservices:\n  - { weight: -1 }\n');
    await running.says('error');
    await rm(file);
    await running.says('no such file');
    const cycles = () => running.stdout.match(/cycle .*resync/g)?.length ?? 0;
    const seen = cycles();
    await eventually(
      () => cycles() >= seen + 3,
      () => 'three more looks',
    );
    t.deepEqual(await weights(kernel), ['10.2.0.1 1']);
    await replace(folder, 'web.yaml', two);
    await eventually(
      async () => (await weights(kernel)).length === 2,
      () => 'the other destination',
    );
    running.interrupt();
    t.is(await running.end(), 0);
    const errors = lines(running.stderr).trimEnd().split('\n');
    t.regex(errors[0] ?? '', /^error {5}.*web\.yaml:3:5: .*\(E_\w+\)$/);
    t.is(errors.at(-1), `error     ${file}: no such file or directory`);
    t.is(new Set(errors).size, errors.length, 'each of them once');
  },
);

test.serial('at a hangup the file is read again', async (t) => {
  const folder = await makeFolder(t);
  const file = await folder.write('web.json', one);
  const kernel = new FakeKernel();
  const running = start(t, kernel, [file]);
  await running.says('converged');
  await kernel.other.removeService(web);
  process.emit('SIGHUP');
  await running.says('reload');
  await eventually(
    async () => (await weights(kernel)).length === 1,
    () => 'the service',
  );
  running.interrupt();
  t.is(await running.end(), 0);
  t.is(running.stdout.match(/document /g)?.length, 2);
  t.is(process.listenerCount('SIGHUP'), 0);
});

test.serial('for programs each event is an object on its line', async (t) => {
  const folder = await makeFolder(t);
  const file = await folder.write('web.json', one);
  const kernel = new FakeKernel();
  kernel.inject({ operation: 'add-destination', code: 'EINVAL' });
  const running = start(t, kernel, [file, '--json']);
  await running.says('"event":"converged"');
  running.interrupt();
  t.is(await running.end(), 0);
  const events = running.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.deepEqual([...new Set(events.map(({ event }) => event))].sort(), [
    'converged',
    'document',
    'error',
    'operation',
    'plan',
    'start',
    'stop',
  ]);
  t.like(
    events.find(({ event }) => event === 'error'),
    { code: 'E_KERNEL' },
  );
  t.like(
    events.find(({ event }) => event === 'operation'),
    { op: 'add-service', status: 'ok' },
  );
  t.is(running.stderr, '');
});

test.serial('the journal of the system has the times itself', async (t) => {
  const folder = await makeFolder(t);
  const file = await folder.write('web.json', one);
  const running = start(t, new FakeKernel(), [file], {
    environment: { JOURNAL_STREAM: '8:1' },
  });
  await running.says('converged');
  running.interrupt();
  await running.end();
  t.regex(running.stdout, /^start {5}/);
});

test.serial('drains go on, and are told when they are over', async (t) => {
  const folder = await makeFolder(t);
  const file = await folder.write('web.json', two);
  const kernel = await kernelWith([{ ...web, scheduler: 'rr', destinations: to(1, 2) }]);
  const held = [1, 2].map((number) => kernel.connect(web, { client: `192.0.2.${number}` }));
  const running = start(t, kernel, [file, '--drain-poll', '20ms']);
  await running.says('converged');
  await replace(folder, 'web.json', one);
  await running.says('but for 1 operation waiting for drains');
  for (const connection of held) connection?.expire();
  await running.says(`drain     ${webId} -> 10.2.0.2:80: drained, and removed`);
  running.interrupt();
  t.is(await running.end(), 0);
});

test.serial('at the end it does what it was told, and says what still drains', async (t) => {
  const folder = await makeFolder(t);
  const file = await folder.write('web.json', one);
  const state = folder.path('state.json');
  const kernel = new FakeKernel();
  const words = [file, '--on-stop', 'quiesce', '--state', state];
  const running = start(t, kernel, words);
  await running.says('converged');
  running.interrupt();
  t.is(await running.end(), 0);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0']);
  t.deepEqual(JSON.parse(await readFile(state, 'utf8')).record.services, [webId]);
});

test.serial(
  'what cannot be used from the beginning is an error, and nothing is done',
  async (t) => {
    const folder = await makeFolder(t);
    const bad = await folder.write('bad.yaml', 'version: 1\nservices: [\n');
    const good = await folder.write('good.json', one);
    const cases: readonly (readonly [words: readonly string[], pattern: RegExp])[] = [
      [['watch'], /missing required argument 'file'/],
      [['watch', '-'], /^ipvs: watch follows a file/m],
      [['watch', bad], /bad\.yaml:3:1: error: /],
      [['watch', folder.path('none')], /none: no such file or directory/],
      [['watch', good, '--resync', '0s'], /--resync <time>.*100 milliseconds/],
      [['watch', good, '--on-stop', 'burn'], /--on-stop <mode>.*keep, quiesce, remove/],
      [['watch', good, '--state', '/none/at/all'], /^ipvs: \/none\/at\/all: no such file/m],
    ];
    const kernel = new FakeKernel();
    for (const [words, pattern] of cases) {
      const { status, stderr } = await command(kernel, words);
      t.is(status, 1, words.join(' '));
      t.regex(stderr, pattern);
    }
    t.deepEqual(writes(kernel), []);
  },
);

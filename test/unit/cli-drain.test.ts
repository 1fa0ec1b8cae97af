import test from 'ava';
import { command, RunningCommand } from './_cli.js';
import { kernelWith, to, web, webId, weights, writes } from './_runs.js';

const one = '10.2.0.1:80';

/** A kernel with two destinations, and connections to the first. */
async function busyKernel(count = 2) {
  const kernel = await kernelWith([{ ...web, scheduler: 'rr', destinations: to(1, 2) }]);
  const connections = [];
  while (connections.length < count) {
    const connection = kernel.connect(web, { client: '192.0.2.1' });
    if (connection?.destination === one) connections.push(connection);
    else connection?.expire();
  }
  return { kernel, connections };
}

test('connections are shown as they go, a line for each change', async (t) => {
  const { kernel, connections } = await busyKernel();
  const running = new RunningCommand(kernel, ['drain', webId, one, '--poll', '10ms']);
  const [first, second] = connections;
  await running.says('2 active');
  first?.close();
  await running.says('1 active, 1 inactive');
  first?.expire();
  await running.says('1 active, 0 inactive');
  second?.expire();
  t.is(await running.end(), 0);
  const name = `${webId} -> ${one}`;
  t.is(
    running.stdout,
    [
      `${name}: 2 active, 0 inactive connections`,
      `${name}: 1 active, 1 inactive connections`,
      `${name}: 1 active, 0 inactive connections`,
      `${name}: drained, and removed`,
      '',
    ].join('\n'),
  );
  t.deepEqual(await weights(kernel), ['10.2.0.2 1']);
});

test('on a terminal they are one line, with a picture and the time that is left', async (t) => {
  const { kernel, connections } = await busyKernel(1);
  const words = ['drain', webId, '10.2.0.1', '--poll', '60ms', '--deadline', '1h'];
  const running = new RunningCommand(kernel, words, { terminal: true });
  await running.says('1 active, 0 inactive connections  █  3');
  t.regex(running.stdout, / {2}3[56]\d\ds left/);
  connections[0]?.expire();
  t.is(await running.end(), 0);
  t.true(running.stdout.endsWith(`\r\u001b[2K${webId} -> ${one}: drained, and removed\n`));
});

test('its time can be up', async (t) => {
  const { kernel } = await busyKernel();
  const words = ['drain', webId, one, '--poll', '10ms', '--deadline', '40ms', '--json'];
  const { status, stdout } = await command(kernel, words);
  t.is(status, 0);
  t.deepEqual(JSON.parse(stdout), {
    service: webId,
    destination: one,
    outcome: 'expired',
    activeConnections: 2,
    inactiveConnections: 0,
  });
  t.deepEqual(await weights(kernel), ['10.2.0.2 1']);
});

test('closed connections need not be waited for', async (t) => {
  const { kernel, connections } = await busyKernel(1);
  connections[0]?.close();
  const { status, stdout } = await command(kernel, ['drain', webId, one, '--until', 'no-active']);
  t.is(status, 0);
  t.regex(stdout, /drained, and removed\n$/);
});

test('not waited for, or interrupted, it stays without weight', async (t) => {
  const { kernel } = await busyKernel();
  const pending = await command(kernel, ['drain', webId, one, '--no-wait']);
  t.is(pending.status, 3);
  t.regex(pending.stdout, /2 active, 0 inactive connections left; it takes no new ones/);
  t.deepEqual(await weights(kernel), ['10.2.0.1 0', '10.2.0.2 1']);
  const running = new RunningCommand(kernel, ['drain', webId, one]);
  await running.says('2 active');
  running.interrupt();
  t.is(await running.end(), 130);
  t.regex(running.stdout, /left; it takes no new ones, and stays with weight 0\n$/);
});

test('bad command lines say what is wrong with them, and nothing is done', async (t) => {
  const cases: readonly (readonly [words: readonly string[], pattern: RegExp])[] = [
    [['drain'], /missing required argument 'service'/],
    [['drain', webId], /missing required argument 'destination'/],
    [['drain', 'web', one], /^ipvs: service: expected a service id such as/m],
    [['drain', webId, 'one'], /^ipvs: destination: expected/m],
    [['drain', 'tcp/10.9.0.9:80', one], /^ipvs: there is no service tcp\/10\.9\.0\.9:80$/m],
    [
      ['drain', webId, '10.2.0.9'],
      /^ipvs: tcp\/10\.9\.0\.1:80 has no destination 10\.2\.0\.9:80$/m,
    ],
    [['drain', webId, one, '--deadline', 'soon'], /--deadline <time>.*0 to 31 days/],
    [['drain', webId, one, '--until', 'never'], /--until <state>.*idle, no-active/],
  ];
  const { kernel } = await busyKernel();
  for (const [words, pattern] of cases) {
    const { status, stderr } = await command(kernel, words);
    t.is(status, 1, words.join(' '));
    t.regex(stderr, pattern);
  }
  t.deepEqual(writes(kernel), []);
});

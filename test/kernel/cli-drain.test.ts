import test from 'ava';
import { runCommand } from './_cli.js';
import { RunningCommand } from './_cli-running.js';
import { makeSite, site, siteWeights } from './_cli-site.js';

test.serial('connections go down to none, and then the destination goes', async (t) => {
  const namespace = await makeSite(t);
  await namespace.hold(3);
  const words = ['drain', site.service, site.first, '--netns', namespace.name];
  const pending = await runCommand([...words, '--no-wait', '--json']);
  t.is(pending.status, 3);
  t.like(JSON.parse(pending.stdout), { outcome: 'pending', activeConnections: 3 });
  t.deepEqual(await siteWeights(namespace), ['10.9.1.1 0']);

  const impatient = [...words, '--until', 'no-active', '--poll', '20ms'];
  const running = RunningCommand.startAtTerminal(t, impatient);
  await running.says('3 active, 0 inactive connections');
  t.deepEqual(await namespace.release(), { served: 3 });
  t.is(await running.end(), 0);
  t.regex(running.stdout, /: drained, and removed\r\n$/);
  t.deepEqual(await siteWeights(namespace), []);
});

test.serial('what is open when its time is up is told', async (t) => {
  const namespace = await makeSite(t);
  await namespace.hold(1);
  const words = ['drain', site.service, site.first, '--netns', namespace.name];
  const { status, stdout } = await runCommand([...words, '--deadline', '300ms', '--poll', '50ms']);
  t.is(status, 0);
  t.is(
    stdout,
    `${site.service} -> ${site.first}: 1 active, 0 inactive connections
${site.service} -> ${site.first}: time is up: removed with 1 active, 0 inactive connections
`,
  );
  const gone = await runCommand(words);
  t.is(gone.status, 1);
  t.is(gone.stderr, `ipvs: ${site.service} has no destination ${site.first}\n`);
});

import test from 'ava';
import { runCommand } from './_cli.js';
import { RunningCommand } from './_cli-running.js';
import { makeFile, makeSite, site, siteDocument, siteWeights } from './_cli-site.js';
import { makeNamespace } from './_namespace.js';

const drains = ['--drain-until', 'no-active', '--drain-poll', '50ms'];

test.serial('connections are waited for, and none of them is cut', async (t) => {
  const namespace = await makeSite(t);
  await namespace.hold(3);
  const { path } = await makeFile(t, siteDocument(2));
  const words = ['apply', path, '--yes', ...drains, '--netns', namespace.name];
  const pending = await runCommand([...words, '--no-wait']);
  t.is(pending.status, 3);
  t.regex(pending.stdout, /\nApplied: 2 done, 1 waiting for connections to end\.\n$/);
  t.deepEqual(await siteWeights(namespace), ['10.9.1.1 0', '10.9.1.2 1']);

  const running = RunningCommand.start(t, words);
  await running.says(`${site.first}: 3 active, 0 inactive connections\n`);
  t.deepEqual(await namespace.release(), { served: 3 });
  t.is(await running.end(), 0, running.stderr);
  t.regex(running.stdout, /10\.9\.1\.1:8080: drained, and removed\n/);
  t.deepEqual(await siteWeights(namespace), ['10.9.1.2 1']);
});

test.serial('told to stop, it stops where that is safe, and says what it did', async (t) => {
  const namespace = await makeSite(t);
  await namespace.hold(1);
  const { path } = await makeFile(t, siteDocument(2));
  const words = ['apply', path, '--yes', ...drains, '--netns', namespace.name];
  const running = RunningCommand.start(t, words);
  await running.says('1 active');
  running.signal('SIGTERM');
  t.is(await running.end(), 143);
  t.regex(running.stdout, /\nApplied: 2 done, 1 left out\.\n$/);
  t.deepEqual(await siteWeights(namespace), ['10.9.1.1 0', '10.9.1.2 1']);
  t.deepEqual(await namespace.release(), { served: 1 });
});

test.serial('at a terminal somebody is asked, and sees connections go on one line', async (t) => {
  const namespace = await makeSite(t);
  await namespace.hold(2);
  const { path } = await makeFile(t, siteDocument(2));
  const words = ['apply', path, ...drains, '--netns', namespace.name];
  const refusing = RunningCommand.startAtTerminal(t, words);
  await refusing.says('Carry out these 3 operations? [y/N] ');
  refusing.type('n\n');
  t.is(await refusing.end(), 1);
  t.regex(refusing.stdout, /not confirmed: nothing was done/);
  t.deepEqual(await siteWeights(namespace), ['10.9.1.1 1']);

  const leaving = RunningCommand.startAtTerminal(t, words);
  await leaving.says('[y/N] ');
  leaving.type('\u0003');
  t.is(await leaving.end(), 130);
  t.deepEqual(await siteWeights(namespace), ['10.9.1.1 1']);

  const agreeing = RunningCommand.startAtTerminal(t, words);
  await agreeing.says('[y/N] ');
  agreeing.type('y\n');
  await agreeing.says(`\r\u001b[2K${site.service} -> ${site.first}: 2 active, 0 inactive`);
  t.deepEqual(await namespace.release(), { served: 2 });
  t.is(await agreeing.end(), 0, agreeing.stdout);
  t.true(agreeing.stdout.endsWith('\r\u001b[2KApplied: 3 done.\r\n'), agreeing.stdout);
  t.deepEqual(await siteWeights(namespace), ['10.9.1.2 1']);
});

test.serial('what the kernel refuses is told, and the rest is done', async (t) => {
  const { name, ipvs } = await makeNamespace(t);
  const input = `version: 1
services:
  - { address: 10.9.0.1, port: 80, protocol: tcp, scheduler: nosuch }
  - { address: 10.9.0.2, port: 80, protocol: tcp, destinations: [{ address: 10.2.0.1 }] }
`;
  const { status, stdout } = await runCommand(['apply', '-', '--yes', '--netns', name], { input });
  t.is(status, 1);
  t.regex(stdout, /^! add-service tcp\/10\.9\.0\.1:80: failed, E_SCHEDULER_NOT_FOUND: /m);
  t.regex(stdout, /\nApplied: 2 done, 1 failed\.\n$/);
  t.deepEqual(
    (await ipvs.listServices()).map(({ id }) => id as string),
    ['tcp/10.9.0.2:80'],
  );
});

test.serial('what is wrong is refused before anything is done', async (t) => {
  const { name, ipvs } = await makeNamespace(t);
  const input =
    'version: 1\nservices:\n  - { address: 10.9.0.1, port: 80, protocol: tcp }\n  - { port: 0 }\n';
  const wrong = await runCommand(['apply', '-', '--yes', '--netns', name], { input });
  t.is(wrong.status, 1);
  t.is(wrong.stdout, '');
  t.regex(wrong.stderr, /^standard input:4:\d+: error E_\w+: .*\n {2}4 \| {3}- \{ port: 0 \}\n/);
  const unasked = await runCommand(['apply', '-', '--netns', name], { input });
  t.is(unasked.status, 1);
  t.regex(unasked.stderr, /^ipvs: apply asks before it changes anything/);
  t.deepEqual(await ipvs.listServices(), []);
});

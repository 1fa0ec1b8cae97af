import test from 'ava';
import { RunningCommand } from './_cli-running.js';
import { makeFile, makeSite, site, siteDocument, siteWeights } from './_cli-site.js';
import { eventually } from './_eventually.js';

const isOne = (list: readonly string[]) => list.join() === '10.9.1.1 1';

test('a file is kept: what others change is undone, what it says is followed', async (t) => {
  const namespace = await makeSite(t);
  const { name, ipvsadm } = namespace;
  const weights = () => siteWeights(namespace);
  const file = await makeFile(t, siteDocument(1));
  const words = ['watch', file.path, '--netns', name, '--resync', '300ms'];
  const running = RunningCommand.start(t, [...words, '--drain-until', 'no-active']);
  await running.says(`document  ${file.path}: services 1, destinations 1`);
  // What is changed before it has looked for the first time was never otherwise.
  const said = `changed by others, and put back: set-dest ${site.service} -> ${site.first}`;
  for (let times = 0; times < 5 && !running.stdout.includes(said); times += 1) {
    await ipvsadm('-e', '-t', '10.9.0.1:80', '-r', site.first, '-m', '-w', '9');
    t.deepEqual(await eventually(weights, isOne), ['10.9.1.1 1']);
  }
  await running.says(said);

  await file.replace('version: 1\nservices: [\n');
  await running.says(`error     ${file.path}:3:1: `, 'stderr');
  await ipvsadm('-d', '-t', '10.9.0.1:80', '-r', site.first);
  t.deepEqual(await eventually(weights, isOne), ['10.9.1.1 1'], 'what it said last is in force');

  await namespace.hold(2);
  await file.replace(siteDocument(2));
  await running.says('but for 1 operation waiting for drains');
  t.deepEqual(await weights(), ['10.9.1.1 0', '10.9.1.2 1']);
  t.deepEqual(await namespace.release(), { served: 2 });
  await running.says(`drain     ${site.service} -> ${site.first}: drained, and removed`);

  running.signal('SIGHUP');
  await running.says(`reload    ${file.path}`);
  running.signal('SIGTERM');
  t.is(await running.end(), 0);
  t.regex(running.stdout, /stop {6}stopped\n$/);
  t.deepEqual(await weights(), ['10.9.1.2 1'], 'and stays');
});

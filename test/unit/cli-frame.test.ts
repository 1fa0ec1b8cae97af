import test from 'ava';
import { FakeKernel } from 'ipvs/testing';
import { makePaint } from '#lib/cli/colour.js';
import { formatJson } from '#lib/cli/json.js';
import { verbs } from '#lib/cli/verbs.js';
import { command, type Kernel } from './_cli.js';

const runHere = (words: readonly string[], kernel: Kernel = 'none') => command(kernel, words);

test('help lists every verb, and each verb has help with examples', async (t) => {
  const { status, stdout, stderr } = await runHere(['--help']);
  t.is(status, 0);
  t.is(stderr, '');
  for (const { name, summary } of verbs) {
    t.true(stdout.includes(`${name} `) && stdout.includes(summary.slice(0, 20)), name);
    const help = await runHere([name, '--help']);
    if (name === 'ipvsadm') {
      // Its words are those of ipvsadm.
      t.regex(help.stdout, /--add-service/);
      continue;
    }
    t.is(help.status, 0, name);
    t.regex(help.stdout, /^Usage: ipvs /, name);
    t.regex(help.stdout, /\nExamples:\n {2}ipvs /, name);
  }
});

test('without a verb there is help, and no success', async (t) => {
  const { status, stdout, stderr } = await runHere([]);
  t.is(status, 1);
  t.is(stdout, '');
  t.regex(stderr, /^Usage: ipvs /);
});

test('what is no verb is an error that says what may have been meant', async (t) => {
  const { status, stdout, stderr } = await runHere(['lst']);
  t.is(status, 1);
  t.is(stdout, '');
  t.regex(stderr, /'lst'[\s\S]*list/);
});

for (const words of [
  ['list', '--colour'],
  ['list', '--transport', 'pigeon'],
  ['list', '--timeout', '0'],
  ['list', '--timeout', '1.5'],
  ['connections', '--limit', 'all'],
  ['connections', '--count-by', 'size'],
  ['set-weight', 'tcp/10.0.0.1:80'],
  ['set-weight', 'tcp/10.0.0.1:80', '10.1.0.5', 'heavy'],
  ['set-weight', 'tcp/10.0.0.1:80', '10.1.0.5', '2147483648'],
  ['timeouts', '--tcp', '21474837'],
  ['timeouts', '900'],
  ['sysctl', 'Conn Reuse'],
  ['sysctl', 'conn_reuse_mode=often'],
  ['daemon', 'start', 'master'],
  ['daemon', 'start', 'leader', '--interface', 'eth0'],
  ['daemon', 'restart'],
  ['vip', 'add'],
  ['stats', '--interval', '0'],
  ['stats', '--count', '3'],
  ['stats', '--cpu', 'tcp/10.0.0.1:80'],
  ['completion', 'tcsh'],
]) {
  test(`the kernel is not asked for what is wrong: ${words.join(' ')}`, async (t) => {
    const { status, stdout, stderr } = await runHere(words);
    t.is(status, 1);
    t.is(stdout, '');
    t.not(stderr, '');
    t.false(stderr.includes('the kernel was asked'), stderr);
  });
}

test('an error is one block, and one object where JSON is asked for', async (t) => {
  const words = ['list', 'tcp/10.0.0.1:80'];
  const text = await runHere(words, new FakeKernel());
  t.deepEqual(text, {
    status: 1,
    stdout: '',
    stderr: 'ipvs: there is no service tcp/10.0.0.1:80\n',
  });
  const json = await runHere([...words, '--json'], new FakeKernel());
  t.deepEqual(JSON.parse(json.stderr), {
    error: { name: 'Error', message: 'there is no service tcp/10.0.0.1:80' },
  });
});

test('colour is for terminals, unless the environment says otherwise', (t) => {
  const shows = (environment: Record<string, string>, isTTY: boolean) =>
    makePaint({ environment }, { isTTY, write: () => {} })('red', 'x') !== 'x';
  t.true(shows({}, true));
  t.false(shows({}, false));
  t.false(shows({ NO_COLOR: '1' }, true));
  t.true(shows({ NO_COLOR: '' }, true));
  t.true(shows({ FORCE_COLOR: '1' }, false));
  t.false(shows({ FORCE_COLOR: '1', NO_COLOR: '1' }, true));
  t.false(shows({ FORCE_COLOR: '0' }, true));
  t.false(shows({ TERM: 'dumb' }, true));
});

test('counters are numbers in JSON, however large', (t) => {
  t.is(
    formatJson({ n: 18446744073709551615n, text: '1' }, 0),
    '{"n":18446744073709551615,"text":"1"}',
  );
});

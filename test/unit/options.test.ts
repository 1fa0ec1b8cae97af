import { resolve } from 'node:path';
import test from 'ava';
import { type InvalidValueError, Ipvs, type OpenOptions } from 'ipvs';
import { checkOpenOptions, checkSignal } from '#lib/kernel/options.js';

const refuses = test.macro({
  exec(t, options: object | null, path: string) {
    const error = t.throws(() => checkOpenOptions(options as OpenOptions), {
      instanceOf: Error,
      code: 'ERR_IPVS_INVALID_VALUE',
    }) as InvalidValueError;
    t.is(error.path, path);
  },
  title: (_, options) => `open refuses the options ${JSON.stringify(options)}`,
});

test(refuses, null, 'options');
test(refuses, { netns: '' }, 'options.netns');
test(refuses, { netns: '..' }, 'options.netns');
test(refuses, { netns: '.' }, 'options.netns');
test(refuses, { netns: 'a\0b' }, 'options.netns');
test(refuses, { netns: '/run/netns/a\0b' }, 'options.netns');
test(refuses, { netns: 'a\nb' }, 'options.netns');
test(refuses, { netns: '\u001b[2J' }, 'options.netns');
test(refuses, { netns: 'a'.repeat(256) }, 'options.netns');
test(refuses, { netns: 'ä'.repeat(128) }, 'options.netns');
test(refuses, { netns: `/${'a/'.repeat(2048)}` }, 'options.netns');
test(refuses, { netns: 0 }, 'options.netns');
test(refuses, { netns: -1 }, 'options.netns');
test(refuses, { netns: 1.5 }, 'options.netns');
test(refuses, { netns: {} }, 'options.netns');
test(refuses, { timeout: 0 }, 'options.timeout');
test(refuses, { timeout: 2 ** 31 }, 'options.timeout');
test(refuses, { timeout: '10' }, 'options.timeout');
test(refuses, { transport: 'smoke' }, 'options.transport');
test(refuses, { timeouts: 10 }, 'options.timeouts');

const findsNamespace = test.macro({
  exec: (t, netns: string | number, path: string) =>
    t.is(checkOpenOptions({ netns }).networkNamespace, path),
  title: (_, netns, path) => `the network namespace ${netns} is at ${path}`,
});

test(findsNamespace, 'blue', '/run/netns/blue');
test(findsNamespace, '/run/netns/blue', '/run/netns/blue');
test(findsNamespace, 42, '/proc/42/ns/net');
test(findsNamespace, '../../tmp/blue', resolve('../../tmp/blue'));
test(findsNamespace, '/run/netns/..', '/run');
test(findsNamespace, 'a'.repeat(255), `/run/netns/${'a'.repeat(255)}`);
test(findsNamespace, '-b blue', '/run/netns/-b blue');

test('the caller’s own namespace, and ten seconds for a request, are the defaults', (t) => {
  t.deepEqual(checkOpenOptions({}), {
    networkNamespace: '',
    timeout: 10_000,
    transport: 'auto',
  });
});

test('each transport can be asked for', (t) => {
  for (const transport of ['auto', 'netlink', 'sockopt'] as const) {
    t.is(checkOpenOptions({ transport }).transport, transport);
  }
});

test('a call takes a signal and nothing else', (t) => {
  const { signal } = new AbortController();
  t.is(checkSignal(undefined), undefined);
  t.is(checkSignal({}), undefined);
  t.is(checkSignal({ signal }), signal);
  t.is(checkSignal({ signal: undefined }), undefined);
  for (const options of [{ signal: {} }, { singal: signal }, null, 5]) {
    t.throws(() => checkSignal(options as object), { code: 'ERR_IPVS_INVALID_VALUE' });
  }
});

test('open rejects for bad options, and does not throw', async (t) => {
  await t.throwsAsync(Ipvs.open({ timeout: -1 }), { code: 'ERR_IPVS_INVALID_VALUE' });
});

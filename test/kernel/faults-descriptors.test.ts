import test from 'ava';
import { makeNamespace } from './_namespace.js';
import { runChild } from './_run-child.js';
import { isSanitized, skip } from './_skip.js';

const fewDescriptors = ['prlimit', '--nofile=4096:4096'];

test('where no file descriptor is left, every call that takes one says so, and works again afterwards', async (t) => {
  if (isSanitized) {
    // And says of an object's type that it is wrong where it cannot.
    skip(t, 'a sanitizer looks at memory through a pipe', { everywhere: false });
    return;
  }
  const { name } = await makeNamespace(t);
  const ended = await runChild('descriptors', [name], { through: fewDescriptors });
  t.is(ended.stderr, '');
  t.is(ended.status, 0);
  const { first, held, without, after } = JSON.parse(ended.stdout) as {
    first: string[];
    held: number;
    without: Record<string, string>;
    after: Record<string, string>;
  };
  t.true(held > 4000, String(held));
  // The first of a process has to find the addon, too.
  for (const each of first) t.regex(each, /^EMFILE: open: .*no file descriptor is left/);
  const needsOne = Object.entries(without).filter(([, outcome]) => outcome !== 'done');
  for (const [, outcome] of needsOne) t.regex(outcome, /^EMFILE: .*no file descriptor is left/);
  t.deepEqual(
    needsOne.map(([call]) => call),
    ['open', 'sync', 'totals', 'sysctls', 'connections', 'addresses', 'watch'],
  );
  for (const [call, outcome] of Object.entries(after)) t.is(outcome, 'done', call);
});

test('where no thread can be started, open says so, and works again afterwards', async (t) => {
  const { name } = await makeNamespace(t);
  const ended = await runChild('threads', [name]);
  t.is(ended.stderr, '');
  t.is(ended.status, 0);
  const { without, after } = JSON.parse(ended.stdout) as { without: string; after: string };
  t.regex(without, /^EAGAIN: open: no thread can be started/);
  t.is(after, 'done');
});

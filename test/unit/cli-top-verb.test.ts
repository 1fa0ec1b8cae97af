import { PassThrough } from 'node:stream';
import test from 'ava';
import type { Context } from '#lib/cli/context.js';
import { run } from '#lib/cli/run.js';

/** What the command does where it is not on a terminal, or on one that is said to be of a kind. */
async function runTop(words: readonly string[], terminal?: string) {
  let stdout = '';
  let stderr = '';
  const isTTY = terminal !== undefined;
  const context: Context = {
    stdin: Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.ReadStream,
    stdout: Object.assign(
      { write: (text: string) => (stdout += text), isTTY },
      { rows: 24, on() {} },
    ),
    stderr: { write: (text: string) => (stderr += text) },
    environment: terminal === undefined ? {} : { TERM: terminal, NO_COLOR: '1' },
    signal: new AbortController().signal,
    open: () => Promise.reject(new Error('the kernel was spoken to')),
    exitCode: 0,
  };
  await run(['top', ...words], context);
  return { stdout, stderr, exitCode: context.exitCode };
}

test('without a terminal there is no view, and it is said what there is', async (t) => {
  const { stderr, exitCode } = await runTop([]);
  t.is(exitCode, 1);
  t.regex(stderr, /^ipvs: ipvs top needs a terminal; `ipvs list --rates` /);
});

test('nor is there on a terminal that cannot be drawn on', async (t) => {
  const { stderr, exitCode } = await runTop([], 'dumb');
  t.is(exitCode, 1);
  t.regex(stderr, /TERM is dumb; `ipvs list --rates` /);
});

test('once is not what it is for', async (t) => {
  const { stderr, exitCode } = await runTop(['--once'], 'xterm');
  t.is(exitCode, 1);
  t.regex(stderr, /^ipvs: --once: .*`ipvs list --rates`/);
});

test('an interval that makes no sense is refused', async (t) => {
  for (const wrong of ['0', '0.1', '4000', 'often']) {
    const { stderr, exitCode } = await runTop(['--interval', wrong, '--json']);
    t.is(exitCode, 1);
    t.regex(stderr, /'--interval <seconds>'.*Expected seconds from 0\.5 to 3600/);
  }
});

test('the help says seconds', async (t) => {
  const { stdout, exitCode } = await runTop(['--help']);
  t.is(exitCode, 0);
  t.regex(stdout, /--interval <seconds>[^-]*\(default: 2\)/);
  t.regex(stdout, /ipvs top --json/);
  t.false(stdout.includes('--once'));
});

import { Readable } from 'node:stream';
import { Ipvs } from 'ipvs';
import type { Context } from '#lib/cli/context.js';
import { runIpvsadm } from '#lib/cli/ipvsadm/run-ipvsadm.js';
import { run } from '#lib/cli/run.js';
import type { Namespace } from './_namespace.js';

/** What a command came to. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command `ipvs` in this process, in a namespace: a process of its own takes most of a second to start. */
export function runHere(
  namespace: Pick<Namespace, 'name'>,
  words: readonly string[],
  input = '',
): Promise<Outcome> {
  return collect(namespace, input, async (context) => {
    await run(words, context);
    return context.exitCode;
  });
}

/** Runs our `ipvsadm` in this process, in a namespace. */
export function runOurs(
  namespace: Pick<Namespace, 'name'>,
  words: readonly string[],
  input = '',
): Promise<Outcome> {
  return collect(namespace, input, (context) => runIpvsadm(words, context));
}

async function collect(
  { name }: Pick<Namespace, 'name'>,
  input: string,
  work: (context: Context) => Promise<number>,
): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const context: Context = {
    stdin: Readable.from([Buffer.from(input)]) as unknown as NodeJS.ReadStream,
    stdout: {
      write: (text) => {
        written.stdout += text;
      },
    },
    stderr: {
      write: (text) => {
        written.stderr += text;
      },
    },
    environment: { NO_COLOR: '1' },
    signal: new AbortController().signal,
    open: (options) => Ipvs.open({ netns: name, timeout: 60_000, ...options }),
    exitCode: 0,
  };
  const status = await work(context);
  return { status, ...written };
}

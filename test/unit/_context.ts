import type { Ipvs } from 'ipvs';
import type { Context } from '#lib/cli/context.js';
import { run } from '#lib/cli/run.js';

/** What a command came to. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ContextOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the output is a terminal. */
  readonly terminal?: boolean;
  /** What is opened. Default: whoever opens anything fails. */
  readonly ipvs?: Pick<Ipvs, never>;
}

/** Runs a command line in this process. */
export async function runHere(
  words: readonly string[],
  { environment = {}, terminal = false, ipvs }: ContextOptions = {},
): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const output = (name: keyof typeof written) => ({
    isTTY: terminal,
    write(text: string) {
      written[name] += text;
    },
  });
  const context: Context = {
    stdin: process.stdin,
    stdout: output('stdout'),
    stderr: output('stderr'),
    environment,
    signal: new AbortController().signal,
    open: async () => {
      if (ipvs === undefined) throw new Error('the kernel was asked');
      return Object.assign(ipvs, { [Symbol.asyncDispose]: async () => {} }) as unknown as Ipvs;
    },
    exitCode: 0,
  };
  await run(words, context);
  return { status: context.exitCode, ...written };
}

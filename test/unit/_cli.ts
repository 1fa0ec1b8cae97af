import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { Ipvs, type OpenOptions } from 'ipvs';
import type { FakeKernel } from 'ipvs/testing';
import { type Context, Interrupted } from '#lib/cli/context.js';
import { run } from '#lib/cli/run.js';

/** What a command speaks with: a fake, the kernel of the host as it is opened there unless the command says otherwise, or nothing at all, where whoever asks has failed. */
export type Kernel = FakeKernel | { readonly real: OpenOptions } | 'none';

/** In what a command is run. */
export interface Circumstances {
  /** What the command reads. */
  readonly input?: string;
  /** Whether a person sits at a terminal. Default false. */
  readonly terminal?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A command that runs in this process: what it has written, and what it can be told. */
export class RunningCommand {
  stdout = '';
  stderr = '';
  /** How often the library was opened. */
  opened = 0;
  readonly #stop = new AbortController();
  readonly #stdin: PassThrough & { isTTY?: boolean };
  readonly #context: Context;
  readonly #ended: Promise<void>;

  constructor(kernel: Kernel, words: readonly string[], circumstances: Circumstances = {}) {
    const { input, terminal = false, environment = {} } = circumstances;
    this.#stdin = Object.assign(new PassThrough(), terminal ? { isTTY: true } : {});
    if (input !== undefined || !terminal) this.#stdin.end(input ?? '');
    const output = (name: 'stdout' | 'stderr') => ({
      isTTY: terminal,
      columns: 100,
      write: (text: string) => {
        this[name] += text;
      },
    });
    this.#context = {
      stdin: this.#stdin as unknown as NodeJS.ReadStream,
      stdout: output('stdout'),
      stderr: output('stderr'),
      environment: { NO_COLOR: '1', ...environment },
      signal: this.#stop.signal,
      open: async (options) => {
        this.opened += 1;
        if (kernel === 'none') throw new Error('the kernel was asked');
        if ('real' in kernel) return Ipvs.open({ ...kernel.real, ...options });
        return Object.assign(kernel, {
          [Symbol.asyncDispose]: async () => {},
        }) as unknown as Ipvs;
      },
      exitCode: 0,
    };
    this.#ended = run(words, this.#context);
  }

  /** Types a line at the terminal. */
  type(line: string): void {
    this.#stdin.write(`${line}\n`);
  }

  /** The end of what is typed. */
  typeEnd(): void {
    this.#stdin.end();
  }

  /** Tells it to stop, as ^C does. */
  interrupt(): void {
    this.#stop.abort(new Interrupted('SIGINT'));
  }

  /** Waits until it has written something. */
  async says(text: string): Promise<void> {
    await eventually(
      () => this.stdout.includes(text) || this.stderr.includes(text),
      () => `${text} in ${this.stdout}${this.stderr}`,
    );
  }

  /** Waits for its end; answers with the exit code. */
  async end(): Promise<number> {
    await this.#ended;
    return this.#context.exitCode;
  }
}

/** Waits for what takes its own time, for at most 30 seconds. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what: () => string,
): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what()}`);
    await sleep(5);
  }
}

/** How a command came out. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function command(
  kernel: Kernel,
  words: readonly string[],
  circumstances?: Circumstances,
): Promise<Outcome> {
  const running = new RunningCommand(kernel, words, circumstances);
  const status = await running.end();
  const { stdout, stderr } = running;
  return { status, stdout, stderr };
}

/** A folder for the files of a test, gone at its end. */
export interface Folder {
  path(name: string): string;
  /** Writes a file and answers its path. */
  write(name: string, text: string): Promise<string>;
}

export async function makeFolder(t: Pick<ExecutionContext, 'teardown'>): Promise<Folder> {
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-cli-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  return {
    path,
    async write(name, text) {
      await writeFile(path(name), text);
      return path(name);
    },
  };
}

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { type CommandOptions, commandFile } from './_cli.js';

/** The command `ipvs` as a process that goes on for a while. */
export class RunningCommand {
  stdout = '';
  stderr = '';
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;
  #hasEnded = false;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#ended = once(child, 'close').then(() => {
      this.#hasEnded = true;
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    child.stdin.on('error', () => {});
  }

  /** Starts it; it is ended with the test if it has not ended by then. */
  static start(
    t: Pick<ExecutionContext, 'teardown'>,
    words: readonly string[],
    { environment = {} }: CommandOptions = {},
  ): RunningCommand {
    return RunningCommand.#spawn(t, process.execPath, [commandFile, ...words], environment);
  }

  /** Starts it at a terminal of its own. */
  static startAtTerminal(
    t: Pick<ExecutionContext, 'teardown'>,
    words: readonly string[],
  ): RunningCommand {
    const line = [process.execPath, commandFile, ...words].map((word) => `'${word}'`).join(' ');
    const size = 'stty rows 24 columns 100';
    const args = ['--quiet', '--return', '--command', `${size}; exec ${line}`, '/dev/null'];
    return RunningCommand.#spawn(t, 'script', args, { SHELL: '/bin/sh', TERM: 'xterm' });
  }

  static #spawn(
    t: Pick<ExecutionContext, 'teardown'>,
    program: string,
    words: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): RunningCommand {
    const child = spawn(program, words, { env: { ...process.env, NO_COLOR: '1', ...environment } });
    const running = new RunningCommand(child);
    t.teardown(async () => {
      child.kill('SIGKILL');
      await running.#ended;
    });
    return running;
  }

  /** Types something at its terminal. */
  type(text: string): void {
    this.#child.stdin.write(text);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until it has written something, for at most two minutes. */
  async says(text: string, from: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    const deadline = Date.now() + 120_000;
    while (!this[from].includes(text)) {
      if (Date.now() > deadline || this.#hasEnded) {
        throw new Error(`it never said ${text}, but ${this.stdout}${this.stderr}`);
      }
      await sleep(20);
    }
  }

  /** Waits for its end: its exit code, or the signal that ended it. */
  async end(): Promise<number | string | null> {
    await this.#ended;
    return this.#child.exitCode ?? this.#child.signalCode;
  }
}

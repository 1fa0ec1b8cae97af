import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { Namespace } from './_namespace.js';

/** A program that runs in a namespace beside the tests, and answers each line with one; it ends with them. */
export class Companion {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #answered: Promise<unknown> = Promise.resolve();

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    child.stderr.pipe(process.stderr, { end: false });
  }

  static start(
    t: Pick<ExecutionContext, 'teardown'>,
    { name }: Pick<Namespace, 'name'>,
    program: string,
    ...args: readonly string[]
  ): Companion {
    const child = spawn('ip', ['netns', 'exec', name, program, ...args]);
    const ended = once(child, 'close');
    t.teardown(async () => {
      child.stdin.end();
      await ended;
    });
    return new Companion(child);
  }

  /** Starts a program of `children/`. */
  static startChild(
    t: Pick<ExecutionContext, 'teardown'>,
    namespace: Pick<Namespace, 'name'>,
    child: string,
    ...args: readonly string[]
  ): Companion {
    const file = fileURLToPath(new URL(`children/_${child}.js`, import.meta.url));
    return Companion.start(t, namespace, process.execPath, file, ...args);
  }

  /** The next line it says. */
  async answer(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the companion has ended');
    return value;
  }

  ask(question: unknown): Promise<string> {
    const answer = this.#answered.then(() => {
      this.#child.stdin.write(`${JSON.stringify(question)}\n`);
      return this.answer();
    });
    this.#answered = answer.catch(() => {});
    return answer;
  }
}

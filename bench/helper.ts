// A process beside this one, which does what it is asked, one thing after the other.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

type Answered = { readonly value?: unknown } | { readonly error: string };

/** What is asked and answered crosses as JSON. It ends with this process, and does not keep it from that. */
export class Helper {
  readonly #name: string;
  readonly #words: readonly string[];
  #process: ChildProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** `name` is that of a file of this folder, which calls {@link answerAsked}. */
  constructor(name: string, words: readonly (string | number)[] = []) {
    this.#name = name;
    this.#words = words.map(String);
  }

  ask(asked: unknown): Promise<unknown> {
    const answer = this.#last.then(() => this.#ask(asked));
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #ask(asked: unknown): Promise<unknown> {
    this.#process ??= this.#start();
    const process = this.#process;
    const over = new AbortController();
    const { signal } = over;
    const ended = once(process, 'exit', { signal }).then(() => {
      throw new Error(`${this.#name} has ended`);
    });
    ended.catch(() => {});
    process.ref();
    process.channel?.ref();
    try {
      const answered = once(process, 'message', { signal }) as Promise<[Answered]>;
      process.send(asked as object);
      const [answer] = await Promise.race([answered, ended]);
      if ('error' in answer) throw new Error(answer.error);
      return answer.value;
    } finally {
      over.abort();
      process.unref();
      process.channel?.unref();
    }
  }

  #start(): ChildProcess {
    return fork(fileURLToPath(new URL(`./${this.#name}.js`, import.meta.url)), this.#words);
  }
}

/** Has this process, a {@link Helper}, do what it is asked. */
export function answerAsked<Asked>(answer: (asked: Asked) => unknown): void {
  process.on('message', async (asked: Asked) => {
    const answered: Answered = await Promise.resolve(asked)
      .then(answer)
      .then(
        (value) => ({ value }),
        (error: unknown) => ({ error: String(error) }),
      );
    process.send?.(answered);
  });
}

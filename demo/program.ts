import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A role is an interface of methods; their parameters and answers travel as JSON. */
export type Methods<Role> = Record<keyof Role, (...parameters: never[]) => unknown>;

/** What goes to a program: a method of its role, and what to call it with. */
export interface Question {
  readonly id: number;
  readonly method: string;
  readonly parameters: readonly unknown[];
}

/** What comes back. The first, with the id 0, says that the program is ready. */
export interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** A Node program that runs in a network namespace and can be asked for what its role offers. */
export class Program<Role extends Methods<Role>> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ready: Promise<unknown>;
  #lastId = 0;
  #failure: unknown;

  /** Starts a program of this directory. */
  constructor(file: string, namespace: string, parameters: string[], signal: AbortSignal) {
    this.#child = fork(fileURLToPath(new URL(file, import.meta.url)), parameters, {
      execPath: 'ip',
      execArgv: ['netns', 'exec', namespace, process.execPath],
    });
    const name = [file, ...parameters].join(' ');
    this.#ended = once(this.#child, 'exit').catch(() => {});
    this.#child.on('message', (reply: Reply) => this.#receive(reply));
    this.#child.on('error', (error) => this.#fail(error));
    this.#child.once('exit', () => this.#fail(new Error(`${name} has ended`)));
    signal.addEventListener('abort', () => this.#fail(signal.reason), { once: true });
    if (signal.aborted) this.#fail(signal.reason);
    this.#ready = this.#reply(0);
    this.#ready.catch(() => {});
  }

  /** Waits until the program can be asked. */
  async ready(): Promise<void> {
    await this.#ready;
  }

  ask<Method extends keyof Role & string>(
    method: Method,
    ...parameters: Parameters<Role[Method]>
  ): Promise<Awaited<ReturnType<Role[Method]>>> {
    this.#lastId += 1;
    const question: Question = { id: this.#lastId, method, parameters };
    if (this.#failure === undefined) this.#child.send(question);
    return this.#reply(question.id) as Promise<Awaited<ReturnType<Role[Method]>>>;
  }

  /** Ends the program as a crash would, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  #reply(id: number): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #receive({ id, value, error }: Reply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }

  /** Nothing more is to be expected of the program. */
  #fail(reason: unknown): void {
    this.#failure ??= reason;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}

// Programs are run by a process that does nothing else. A process that forks has all of its memory marked to be copied, and
// pays for that with a fault at the next write to each page, long after the program is over: that is no cost of what is
// measured then.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Functions } from './apart-process.js';
import { withNamespace } from './programs.js';

/** The same functions, carried out by the other process; what they take and give crosses as JSON. */
type Apart = {
  readonly [Name in keyof Functions]: (
    ...words: Parameters<Functions[Name]>
  ) => Promise<Awaited<ReturnType<Functions[Name]>>>;
};

/** What is asked of the other process. */
export interface Asked {
  readonly name: keyof Functions;
  readonly words: readonly unknown[];
}

/** What it answers. */
export type Answered = { readonly value?: unknown } | { readonly error: string };

let helper: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

/** One after the other. */
function ask(asked: Asked): Promise<unknown> {
  const answer = last.then(() => askNow(asked));
  last = answer.catch(() => {});
  return answer;
}

async function askNow(asked: Asked): Promise<unknown> {
  // Once, before there is much memory.
  helper ??= fork(fileURLToPath(new URL('./apart-process.js', import.meta.url)));
  const process = helper;
  const over = new AbortController();
  const { signal } = over;
  const ended = once(process, 'exit', { signal }).then(() => {
    throw new Error('the process that runs programs has ended');
  });
  ended.catch(() => {});
  process.ref();
  process.channel?.ref();
  try {
    const answered = once(process, 'message', { signal }) as Promise<[Answered]>;
    process.send(asked);
    const [answer] = await Promise.race([answered, ended]);
    if ('error' in answer) throw new Error(answer.error);
    return answer.value;
  } finally {
    over.abort();
    // It ends with this process, and does not keep it from that.
    process.unref();
    process.channel?.unref();
  }
}

export const apart = new Proxy({} as Apart, {
  get:
    (_, name: keyof Functions) =>
    (...words: readonly unknown[]) =>
      ask({ name, words }),
});

/** {@link withNamespace}, with the programs that takes run by the other process. */
export function withNamespaceApart<Result>(
  work: (name: string) => Promise<Result>,
): Promise<Result> {
  return withNamespace(work, apart);
}

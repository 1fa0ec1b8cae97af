// Programs are run by a process that does nothing else. A process that forks has all of its memory marked to be copied, and
// pays for that with a fault at the next write to each page, long after the program is over: that is no cost of what is
// measured then.
import type { Functions } from './apart-process.js';
import { Helper } from './helper.js';
import { withNamespace } from './programs.js';

/** The same functions, carried out by the other process. */
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

// It starts when it is first asked, before there is much memory.
const helper = new Helper('apart-process');

export const apart = new Proxy({} as Apart, {
  get:
    (_, name: keyof Functions) =>
    (...words: readonly unknown[]) =>
      helper.ask({ name, words } satisfies Asked),
});

/** {@link withNamespace}, with the programs that takes run by the other process. */
export function withNamespaceApart<Result>(
  work: (name: string) => Promise<Result>,
): Promise<Result> {
  return withNamespace(work, apart);
}

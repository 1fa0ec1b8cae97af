import type { Subject } from './call.js';

/** A call whose end is still to come, whatever it resolves with, or several that end together. */
export interface OpenCall {
  /** Its neighbours among the open calls. */
  before: OpenCall | undefined;
  after: OpenCall | undefined;
  /** Fails it. */
  end(errorOf: (subject: Subject) => Error): void;
}

/** The calls whose end is still to come: a chain, because a set takes longer than the rest of a call. */
export class OpenCalls {
  readonly #onFirst: () => void;
  readonly #onLast: () => void;
  #newest: OpenCall | undefined;

  /** `onFirst` is told when there is a call after there was none, `onLast` when there is none any more. */
  constructor(onFirst: () => void, onLast: () => void) {
    this.#onFirst = onFirst;
    this.#onLast = onLast;
  }

  add(call: OpenCall): void {
    const newest = this.#newest;
    call.before = newest;
    if (newest !== undefined) newest.after = call;
    this.#newest = call;
    if (newest === undefined) this.#onFirst();
  }

  remove(call: OpenCall): void {
    const { before, after } = call;
    if (before !== undefined) before.after = after;
    if (after !== undefined) after.before = before;
    else this.#newest = before;
    call.before = undefined;
    call.after = undefined;
    if (this.#newest === undefined) this.#onLast();
  }

  failAll(errorOf: (subject: Subject) => Error): void {
    let oldest = this.#newest;
    while (oldest?.before !== undefined) oldest = oldest.before;
    for (let call = oldest; call !== undefined; ) {
      const { after } = call;
      call.end(errorOf);
      call = after;
    }
  }
}

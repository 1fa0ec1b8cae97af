/**
 * Finds calls for which the kernel keeps the handle's thread inside a system call: the thread itself ends a wait for
 * an answer in time, but nothing can end a request that does not return.
 */
export class OverdueWatch {
  readonly #timeout: number;
  readonly #progress: () => number;
  readonly #onOverdue: () => void;
  #timer: NodeJS.Timeout | undefined;
  #busy = false;

  /** `progress` changes while the thread moves; `onOverdue` is called when it has not for as long as a request may take. */
  constructor(timeout: number, progress: () => number, onOverdue: () => void) {
    // A little more than the thread's own deadline, which says more precisely what happened.
    this.#timeout = Math.min(timeout + Math.max(250, timeout / 10), 0x7fffffff);
    this.#progress = progress;
    this.#onOverdue = onOverdue;
  }

  /** There is something to wait for. */
  busy(): void {
    this.#busy = true;
    if (this.#timer === undefined) this.#arm();
  }

  /** There is nothing to wait for. The timer runs on: it is cheaper to let it than to set it for every call. */
  idle(): void {
    this.#busy = false;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    const before = this.#progress();
    // The timer holds on neither to the watch nor to the process: what is waited for does.
    const watch = new WeakRef(this);
    this.#timer = setTimeout(() => watch.deref()?.look(before), this.#timeout);
    this.#timer.unref();
  }

  private look(before: number): void {
    this.#timer = undefined;
    if (!this.#busy) return;
    if (this.#progress() === before) this.#onOverdue();
    if (this.#busy) this.#arm();
  }
}

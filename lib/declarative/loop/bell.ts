/** Wakes who waits for it; rung while nobody waits, it wakes the next at once. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Whether it has been rung since it was answered. */
  get isRung(): boolean {
    return this.#rung;
  }

  /** Takes note that it was rung. */
  answer(): void {
    this.#rung = false;
  }

  /** Resolves when it is rung, or with `timeout` where there is one. */
  async wait(timeout?: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#rung) return;
    const ended = new AbortController();
    const rung = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    try {
      await (timeout === undefined ? rung : Promise.race([rung, timeout(ended.signal)]));
    } finally {
      this.#wake = undefined;
      ended.abort();
    }
  }
}

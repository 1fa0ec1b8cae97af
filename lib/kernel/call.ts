import type { Operation } from '../../types/error.js';
import { isTraced, traceRequest } from './diagnostics.js';
import type { Details } from './errors.js';
import type { OpenCall, OpenCalls } from './open-calls.js';

/** What is asked of the kernel, for its errors and traces. */
export interface Subject extends Details {
  readonly operation: Operation;
  /** A service's id, `service -> destination`, a sync daemon's role, the name of a sysctl, a device, or `address/length on device`; absent for the table as a whole. */
  readonly target?: string | undefined;
}

/** Where calls wait to be sent or answered. */
export interface Place {
  /** Takes back what has not been sent. */
  withdraw(index: number): void;
}

/** One call of the caller's, from the moment it is made until its promise is settled. */
export class Call<Result> implements OpenCall {
  readonly subject: Subject;
  readonly promise: Promise<Result>;
  before: OpenCall | undefined;
  after: OpenCall | undefined;
  /** How much of what was read could not be understood. */
  skipped: number | undefined;
  #resolve!: (result: Result) => void;
  #reject!: (reason: unknown) => void;
  #settled = false;
  readonly #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;
  readonly #started = isTraced() ? performance.now() : undefined;
  readonly #openCalls: OpenCalls;
  #place: Place | undefined;
  #index = 0;

  constructor(subject: Subject, signal: AbortSignal | undefined, openCalls: OpenCalls) {
    this.subject = subject;
    this.#signal = signal;
    this.#openCalls = openCalls;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (signal !== undefined) {
      this.#onAbort = () => {
        this.#place?.withdraw(this.#index);
        this.fail(signal.reason);
      };
      signal.addEventListener('abort', this.#onAbort, { once: true });
    }
    openCalls.add(this);
  }

  /** Nothing that happens from here on reaches the caller. */
  get settled(): boolean {
    return this.#settled;
  }

  /** From now on there is something to withdraw. */
  waitAt(place: Place, index: number): void {
    this.#place = place;
    this.#index = index;
  }

  /** `code` is for the trace: why it failed, where the caller is to tell what that means. */
  succeed(result: Result, code?: string): void {
    if (this.#settle(code)) this.#resolve(result);
  }

  fail(reason: unknown): void {
    if (this.#settle(codeOf(reason))) this.#reject(reason);
  }

  end(errorOf: (subject: Subject) => Error): void {
    this.fail(errorOf(this.subject));
  }

  #settle(code: string | undefined): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#place = undefined;
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#openCalls.remove(this);
    if (this.#started !== undefined) {
      traceRequest({
        operation: this.subject.operation,
        target: this.subject.target,
        code,
        durationMs: performance.now() - this.#started,
        ...(this.skipped === undefined ? undefined : { skipped: this.skipped }),
      });
    }
    return true;
  }
}

/** Why a call failed, for the trace. */
export function codeOf(reason: unknown): string {
  if (reason instanceof Error) return 'code' in reason ? String(reason.code) : reason.name;
  return 'ABORTED';
}

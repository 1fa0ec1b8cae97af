import { constants } from 'node:os';
import type { Subject } from '../kernel/call.js';
import { failureError, overdueError } from '../kernel/errors.js';
import type { FakeClock } from './fake-clock.js';
import type { CallFilter, Dump, DumpFilter, FakeCall, Fault, FaultSpec } from './faults.js';
import { fits } from './faults.js';
import { Refusal } from './refusal.js';

/** Milliseconds that a handle waits for an answer, as far as errors tell. */
const timeout = 10_000;

/** A fault, and how often it has come to pass. */
interface LiveFault {
  readonly spec: FaultSpec;
  used: number;
}

/** Something to run before a call. */
interface Hook {
  readonly filter: DumpFilter;
  readonly run: () => void | Promise<void>;
  /** How many calls go by until then. */
  left: number;
}

/** The way of calls to the fake kernel: one after the other, each written down, and with the faults that a test wants. */
export class Gate {
  readonly calls: FakeCall[] = [];
  readonly #clock: FakeClock;
  #faults: LiveFault[] = [];
  #hooks: Hook[] = [];
  #tail: Promise<unknown> = Promise.resolve();

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  inject(spec: FaultSpec): Fault {
    const dump = spec.dump ?? (spec.torn === undefined ? undefined : tornDump(spec));
    const fault: LiveFault = { spec: dump === undefined ? spec : { ...spec, dump }, used: 0 };
    this.#faults.push(fault);
    return {
      get used() {
        return fault.used;
      },
      remove: () => {
        this.#faults = this.#faults.filter((other) => other !== fault);
      },
    };
  }

  before(filter: DumpFilter, nth: number, run: () => void | Promise<void>): void {
    this.#hooks.push({ filter, run, left: nth });
  }

  /** Carries out a call when those before it are over. */
  pass<Result>(
    subject: Subject,
    signal: AbortSignal | undefined,
    effect: () => Result | Promise<Result>,
  ): Promise<Result> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.#clock.stir();
    const turn = this.#tail.then(() => {
      signal?.throwIfAborted();
      const { operation, target } = subject;
      this.calls.push({ operation, target, at: this.#clock.now() });
      return this.#perform(callFilter(subject), subject, effect);
    });
    this.#tail = turn.catch(() => {}).then(() => this.#clock.stir());
    return signal === undefined ? turn : abortable(turn, signal);
  }

  /** Carries out a read within a call, and leaves out of it what a fault says. */
  async dump<Value extends { readonly id: string }>(
    subject: Subject,
    dump: Dump,
    read: () => Value[],
  ): Promise<Value[]> {
    const meant = { ...callFilter(subject), dump };
    const values = await this.#perform(meant, subject, read);
    const fault = this.#take((spec) => spec.torn !== undefined && fits(spec, meant));
    return fault === undefined ? values : tear(values, fault);
  }

  async #perform<Result>(
    meant: DumpFilter,
    subject: Subject,
    effect: () => Result | Promise<Result>,
  ): Promise<Result> {
    await this.#runHooks(meant);
    const fault = this.#take((spec) => spec.torn === undefined && fits(spec, meant))?.spec;
    if (fault?.delayMs !== undefined) await this.#clock.sleep(fault.delayMs);
    if (fault?.lostAnswer) {
      await effect();
      throw lostError(subject, fault.code);
    }
    if (fault?.code !== undefined) throw new Refusal(fault.code);
    return effect();
  }

  async #runHooks(meant: DumpFilter): Promise<void> {
    const due: Hook[] = [];
    for (const hook of this.#hooks) {
      if (!fits(hook.filter, meant)) continue;
      hook.left -= 1;
      if (hook.left === 0) due.push(hook);
    }
    this.#hooks = this.#hooks.filter((hook) => !due.includes(hook));
    for (const { run } of due) await run();
  }

  /** The first fault that fits and has not come to pass as often as it shall. */
  #take(isMeant: (spec: FaultSpec) => boolean): LiveFault | undefined {
    const fault = this.#faults.find(({ spec, used }) => used < (spec.times ?? 1) && isMeant(spec));
    if (fault !== undefined) fault.used += 1;
    return fault;
  }
}

/** A fault that names a target is about what belongs to it. */
function tornDump({ target }: FaultSpec): Dump {
  return target === undefined ? 'services' : 'destinations';
}

function callFilter({ operation, target }: Subject): CallFilter {
  return target === undefined ? { operation } : { operation, target };
}

/** The values without the one that the fault names, or without another one each time. */
function tear<Value extends { readonly id: string }>(
  values: Value[],
  { spec, used }: LiveFault,
): Value[] {
  const { torn } = spec;
  if (typeof torn === 'string') return values.filter(({ id }) => id !== torn);
  if (torn !== true || values.length === 0) return values;
  const left = (used - 1) % values.length;
  return values.filter((_, index) => index !== left);
}

/** The error of a call that took effect, and of which no more is known. */
function lostError(subject: Subject, code: string | undefined): Error {
  const { operation, target } = subject;
  if (code === undefined || code === 'ETIMEDOUT') return overdueError(operation, target, timeout);
  const failure = { errno: errnoOf(code), source: 'lost' } as const;
  return failureError(operation, target, failure, subject);
}

/** The number of an errno on this system. */
export function errnoOf(code: string): number {
  const numbers: Readonly<Record<string, number>> = constants.errno;
  const errno = numbers[code];
  if (errno === undefined) throw new TypeError(`${code} is not the name of an errno`);
  return errno;
}

/** Rejects with the signal's reason as soon as it is aborted; what it was about may still happen. */
function abortable<Result>(turn: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const end = () => signal.removeEventListener('abort', onAbort);
    turn.then(resolve, reject).finally(end);
  });
}

import { EventEmitter } from 'node:events';
import type { DrainResult } from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type { Clock } from '../../../types/clock.js';
import type { DestinationRef } from '../../../types/destination.js';
import type { DrainPolicy } from '../../../types/document.js';
import type { OwnerRecord } from '../../../types/plan.js';
import type {
  CycleReason,
  ReconcilerEvents,
  ReconcilerOptions,
  ReconcilerStatus,
} from '../../../types/reconciler.js';
import type { ServiceId, ServiceRef } from '../../../types/service.js';
import { formatDestinationId, resolveDestinationRef } from '../../model/destination-id.js';
import { throwingReport } from '../../model/report.js';
import { formatServiceId, resolveServiceRef } from '../../model/service-id.js';
import { checkDrainPolicy } from '../document/drain-policy.js';
import { normalize } from '../document/normalize.js';
import { systemClock } from '../system-clock.js';
import { Backoff } from './backoff.js';
import { Bell } from './bell.js';
import { checkReconcilerOptions } from './check-options.js';
import { Keeper } from './keeper.js';
import { Pace } from './pace.js';

/** Cycles that may begin at once. */
const burst = 2;

/** When to wake, and what for. */
interface Wake {
  readonly at: number;
  readonly reason: CycleReason;
}

/**
 * Keeps a kernel as it should be: looks at it when something is to be done, and from time to time in any case, and
 * carries out what a plan says. What others change in its scope it changes back. Nothing happens before it has been told
 * what should be. The kernel does not say when services or addresses change: what others do is found by the next look,
 * at the latest after `resyncInterval`.
 *
 * What goes wrong is an event `error`, which need not be listened to. An error that a listener throws is one, too.
 *
 * @example
 * const reconciler = new Reconciler(ipvs, { scope: { mode: 'exclusive' } });
 * reconciler.on('error', (error) => log(error));
 * reconciler.setDesired(document);
 * reconciler.start();
 */
export class Reconciler extends EventEmitter<ReconcilerEvents> {
  readonly #options: ReconcilerOptions;
  readonly #clock: Clock;
  readonly #keeper: Keeper;
  readonly #bell = new Bell();
  readonly #pace: Pace;
  /** Of the loop as a whole. */
  readonly #backoff = new Backoff<'loop'>();
  readonly #stopping = new AbortController();
  readonly #reasons = new Set<CycleReason>();
  readonly #unsubscribe: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #state: ReconcilerStatus['state'] = 'idle';
  #cycles = 0;
  #converged = false;
  #lastError: unknown;
  #hasFailed = false;
  #resyncAt = 0;

  /** Throws `InvalidValueError` for options that are wrong. */
  constructor(backend: Backend, options: ReconcilerOptions = {}) {
    super();
    checkReconcilerOptions(options);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { signal } = this.#stopping;
    this.#keeper = new Keeper(backend, options, this.#clock, signal, (name, ...values) =>
      this.#emit(name, ...values),
    );
    this.#pace = new Pace(options.minInterval ?? 1000, burst, this.#clock.now());
    this.#unsubscribe = options.health?.onChange((service) => {
      this.#keeper.expectService(service);
      this.#wake('health');
    });
    // An emitter throws an error that nobody listens to.
    this.on('error', () => {});
  }

  /** Says what should be. Throws `ValidationError` for a document with errors; then what was said before stays in force. */
  setDesired(document: unknown): void {
    const { allowNoScheduler = false } = this.#options;
    this.#keeper.setDesired(normalize(document, { allowNoScheduler }));
    this.#backoff.succeed('loop');
    this.#wake('desired');
  }

  /** Has it look now. */
  trigger(): void {
    this.#wake('trigger');
  }

  /** Begins to work. A second call changes nothing, nor does one after `stop`. */
  start(): void {
    if (this.#running !== undefined || this.#stopping.signal.aborted) return;
    this.#state = 'waiting';
    this.#running = this.#run();
  }

  /**
   * Ends the work: the operation in flight is finished, drains that are under way go on without new connections, and then
   * comes what `onStop` says. Resolves when all is at rest.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /**
   * Takes a destination away as if it were not declared, and resolves when it is gone. It stays away until the next
   * document. Rejects with `InvalidValueError` for wrong arguments, and with an `AbortError` when the work is stopped before.
   */
  drain(
    service: ServiceRef,
    destination: DestinationRef,
    policy?: DrainPolicy,
  ): Promise<DrainResult> {
    try {
      this.#stopping.signal.throwIfAborted();
      const key = resolveServiceRef(service);
      const target = {
        service: formatServiceId(key),
        destination: formatDestinationId(resolveDestinationRef(destination, key)),
      };
      const checked =
        policy === undefined ? undefined : checkDrainPolicy(policy, throwingReport, '/policy');
      const result = this.#keeper.order(target, checked);
      this.#wake('drain');
      return result;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** How it stands. */
  get status(): ReconcilerStatus {
    const { backoff, drains, hasDesired } = this.#keeper;
    return {
      state: this.#state,
      hasDesired,
      cycles: this.#cycles,
      converged: this.#converged,
      draining: drains.records.length,
      backedOff: Object.fromEntries(backoff.entries(this.#clock.now())),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  /** What belongs to this owner: for `diff`, and for the next time. */
  get record(): OwnerRecord | undefined {
    return this.#keeper.record;
  }

  #wake(reason: CycleReason): void {
    this.#reasons.add(reason);
    this.#bell.ring();
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    this.#unsubscribe?.();
    this.#bell.ring();
    if (this.#running !== undefined) {
      await this.#running;
      await this.#keeper.leave().catch((error: unknown) => this.#emit('error', error));
    }
    this.#keeper.abandonOrders(this.#stopping.signal.reason);
    this.#state = 'stopped';
  }

  async #run(): Promise<void> {
    await this.#keeper.drains.load();
    while (!this.#isStopped) {
      await this.#waitForReason();
      if (this.#isStopped) return;
      const { debounce = 50 } = this.#options;
      await this.#rest(debounce + this.#pace.take(this.#clock.now() + debounce));
      if (this.#isStopped) return;
      await this.#cycle();
    }
  }

  /** Sleeps unless it is stopped. */
  async #rest(ms: number): Promise<void> {
    if (ms > 0) await this.#clock.sleep(ms, this.#stopping.signal).catch(() => {});
  }

  /** Waits until something is to be done: told so, a drain to look at, a failure to try again, or the time for it. */
  async #waitForReason(): Promise<void> {
    this.#state = 'waiting';
    this.#scheduleResync();
    while (!this.#isStopped) {
      const isHeld = this.#backoff.holds('loop', this.#clock.now());
      if (this.#keeper.hasDesired && this.#reasons.size > 0 && !isHeld) return;
      this.#bell.answer();
      const wake = this.#nextWake();
      await this.#bell.wait(wake && ((ended) => this.#sleepUntil(wake.at, ended)));
      if (this.#bell.isRung || wake === undefined || this.#isStopped) continue;
      if (wake.reason !== 'drain' || (await this.#keeper.drains.isDue(this.#isHeld))) {
        this.#reasons.add(wake.reason);
      }
    }
  }

  #sleepUntil(at: number, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(Math.max(0, at - this.#clock.now()), signal).catch(() => {});
  }

  #scheduleResync(): void {
    const interval = this.#options.resyncInterval ?? 30_000;
    this.#resyncAt = this.#clock.now() + interval * (0.9 + Math.random() * 0.2);
  }

  readonly #isHeld = (id: ServiceId): boolean => this.#keeper.backoff.holds(id, this.#clock.now());

  /** What comes first if nobody rings; `undefined` before there is anything to do. */
  #nextWake(): Wake | undefined {
    const now = this.#clock.now();
    const loopAt = this.#backoff.next(now);
    if (!this.#keeper.hasDesired) return undefined;
    if (loopAt !== undefined) return { at: loopAt, reason: 'retry' };
    let next: Wake = { at: this.#resyncAt, reason: 'resync' };
    const retryAt = this.#keeper.backoff.next(now);
    if (retryAt !== undefined && retryAt < next.at) next = { at: retryAt, reason: 'retry' };
    const lookAt = this.#keeper.drains.nextLook(this.#isHeld);
    if (lookAt !== undefined && lookAt < next.at) next = { at: lookAt, reason: 'drain' };
    return next;
  }

  async #cycle(): Promise<void> {
    this.#state = 'working';
    const reasons = [...this.#reasons];
    this.#reasons.clear();
    this.#bell.answer();
    this.#cycles += 1;
    this.#hasFailed = false;
    const started = this.#clock.now();
    try {
      const { report, converged } = await this.#keeper.cycle(this.#cycles);
      this.#backoff.succeed('loop');
      if (!this.#hasFailed) this.#lastError = undefined;
      const operations = report?.results.filter(({ attempts }) => attempts > 0).length ?? 0;
      const isNews = operations > 0 || !this.#converged;
      this.#converged = converged;
      if (report !== undefined && converged && isNews) this.#emit('converged', report);
      const durationMs = this.#clock.now() - started;
      this.#emit('cycle', { number: this.#cycles, reasons, operations, durationMs, converged });
    } catch (error) {
      this.#converged = false;
      this.#backoff.fail('loop', this.#clock.now());
      for (const reason of [...reasons, 'retry'] as const) this.#reasons.add(reason);
      this.#emit('error', error);
    }
  }

  /** A listener that throws must not end the work. */
  #emit<Name extends keyof ReconcilerEvents>(name: Name, ...values: ReconcilerEvents[Name]): void {
    if (name === 'error') {
      this.#hasFailed = true;
      this.#lastError = values[0];
    }
    try {
      (this as EventEmitter).emit(name, ...values);
    } catch (error) {
      if (name === 'error') this.#lastError = error;
      else this.#emit('error', error);
    }
  }
}

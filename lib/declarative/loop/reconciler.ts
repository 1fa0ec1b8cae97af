import { EventEmitter } from 'node:events';
import type { ApplyReport, DrainResult, OperationResult } from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type { Clock } from '../../../types/clock.js';
import type { DestinationRef } from '../../../types/destination.js';
import type { DesiredState, DrainPolicy } from '../../../types/document.js';
import type { DrainRecord, OwnerRecord, Plan } from '../../../types/plan.js';
import type {
  CycleReason,
  ReconcilerEvents,
  ReconcilerOptions,
  ReconcilerStatus,
} from '../../../types/reconciler.js';
import type { ServiceId, ServiceRef } from '../../../types/service.js';
import { hasWork } from '../apply/again.js';
import { apply } from '../apply/apply.js';
import { diffSteps } from '../diff/diff.js';
import { completeDrainPolicy } from '../document/drain-policy.js';
import { normalize } from '../document/normalize.js';
import { ApplyError } from '../errors.js';
import { inSlices } from '../in-slices.js';
import { readState } from '../read-state.js';
import { systemClock } from '../system-clock.js';
import { atStop } from './at-stop.js';
import { Backoff } from './backoff.js';
import { Bell } from './bell.js';
import { DrainOrders } from './drain-orders.js';
import { isDrainDue } from './due-drains.js';
import { Flapping } from './flapping.js';
import { Pace } from './pace.js';

const loop = 'loop';

/** Cycles that may begin at once. */
const burst = 2;

/**
 * Keeps a kernel as it should be: looks at it when something is to be done, and from time to time in any case, and
 * carries out what a plan says. What others change in its scope it changes back. Nothing happens before it has been told
 * what should be.
 *
 * @example
 * const reconciler = new Reconciler(ipvs, { scope: { mode: 'exclusive' } });
 * reconciler.on('error', (error) => log(error));
 * reconciler.setDesired(document);
 * reconciler.start();
 */
export class Reconciler extends EventEmitter<ReconcilerEvents> {
  readonly #backend: Backend;
  readonly #options: ReconcilerOptions;
  readonly #clock: Clock;
  readonly #bell = new Bell();
  readonly #pace: Pace;
  readonly #backoff = new Backoff<string>();
  readonly #flapping = new Flapping();
  readonly #orders = new DrainOrders();
  readonly #stopping = new AbortController();
  readonly #reasons = new Set<CycleReason>();
  readonly #unsubscribe: (() => void) | undefined;
  #desired: DesiredState | undefined;
  #records: readonly DrainRecord[] = [];
  #record: OwnerRecord | undefined;
  #running: Promise<void> | undefined;
  #state: ReconcilerStatus['state'] = 'idle';
  #cycles = 0;
  #converged = false;
  #lastError: unknown;
  #resyncAt = 0;

  constructor(backend: Backend, options: ReconcilerOptions = {}) {
    super();
    this.#backend = backend;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#record = options.record;
    this.#pace = new Pace(options.minInterval ?? 1000, burst, this.#clock.now());
    this.#unsubscribe = options.health?.onChange(() => this.#wake('health'));
  }

  /** Says what should be. Throws `ValidationError` for a document with errors; then what was said before stays in force. */
  setDesired(document: unknown): void {
    this.#desired = normalize(document);
    this.#orders.forgetEnded();
    this.#flapping.clear();
    this.#wake('desired');
  }

  /** Has it look now. */
  trigger(): void {
    this.#wake('trigger');
  }

  /** Begins to work. A second call changes nothing. */
  start(): void {
    if (this.#running !== undefined || this.#stopping.signal.aborted) return;
    this.#state = 'waiting';
    this.#running = this.#run();
  }

  /**
   * Ends the work: the operation in flight is finished, drains that are under way go on without new connections.
   * Resolves when all is at rest.
   */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return this.#running;
    this.#stopping.abort();
    this.#unsubscribe?.();
    this.#bell.ring();
    await this.#running;
    this.#running = this.#leave();
    await this.#running;
  }

  /**
   * Takes a destination away as if it were not declared, and resolves when it is gone. It stays away until the next
   * document. Rejects when the work is stopped before.
   */
  drain(
    service: ServiceRef,
    destination: DestinationRef,
    policy?: DrainPolicy,
  ): Promise<DrainResult> {
    const result = this.#orders.order(service, destination, policy, this.#stopping.signal);
    this.#wake('drain');
    return result;
  }

  /** How it stands. */
  get status(): ReconcilerStatus {
    const now = this.#clock.now();
    const entries = this.#backoff.entries(now).filter(([key]) => key !== loop);
    return {
      state: this.#state,
      hasDesired: this.#desired !== undefined,
      cycles: this.#cycles,
      converged: this.#converged,
      draining: this.#records.length,
      backedOff: Object.fromEntries(entries),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  /** What belongs to this owner: for `diff`, and for the next time. */
  get record(): OwnerRecord | undefined {
    return this.#record;
  }

  #wake(reason: CycleReason): void {
    this.#reasons.add(reason);
    this.#bell.ring();
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    await this.#loadRecords();
    while (!this.#isStopped) {
      await this.#waitForReason();
      if (this.#isStopped) break;
      const pause = (this.#options.debounce ?? 50) + this.#pace.take(this.#clock.now());
      if (this.#reasons.has('drain') && this.#reasons.size === 1) await this.#rest(0);
      else await this.#rest(pause);
      if (this.#isStopped) break;
      await this.#cycle();
    }
    this.#state = 'stopped';
  }

  async #loadRecords(): Promise<void> {
    try {
      this.#records = (await this.#options.drainStore?.load()) ?? [];
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Sleeps unless it is stopped. */
  async #rest(ms: number): Promise<void> {
    if (ms <= 0) return;
    await this.#clock.sleep(ms, this.#stopping.signal).catch(() => {});
  }

  /** Waits until something is to be done: told so, a drain to look at, a failure to try again, or the time for it. */
  async #waitForReason(): Promise<void> {
    this.#state = 'waiting';
    this.#scheduleResync();
    for (;;) {
      const isHeld = this.#backoff.holds(loop, this.#clock.now());
      const isReady = this.#desired !== undefined && this.#reasons.size > 0 && !isHeld;
      if (isReady || this.#isStopped) return;
      this.#bell.answer();
      const { at, reason } = this.#nextTime(isHeld);
      await this.#bell.wait((ended) =>
        this.#clock.sleep(Math.max(0, at - this.#clock.now()), ended).catch(() => {}),
      );
      if (this.#isStopped) return;
      if (!this.#bell.isRung && reason !== undefined) {
        if (reason !== 'drain' || (await this.#isDrainDue())) this.#reasons.add(reason);
      }
    }
  }

  #scheduleResync(): void {
    const interval = this.#options.resyncInterval ?? 30_000;
    this.#resyncAt = this.#clock.now() + interval * (0.9 + Math.random() * 0.2);
  }

  #nextTime(isHeld: boolean): { readonly at: number; readonly reason?: CycleReason } {
    const now = this.#clock.now();
    const retryAt = this.#backoff.next(now);
    if (isHeld && retryAt !== undefined) return { at: retryAt, reason: 'retry' };
    if (this.#desired === undefined) return { at: now + 60_000 };
    let next: { at: number; reason: CycleReason } = { at: this.#resyncAt, reason: 'resync' };
    if (retryAt !== undefined && retryAt < next.at) next = { at: retryAt, reason: 'retry' };
    if (this.#records.length > 0) {
      const at = now + completeDrainPolicy(this.#options.drain).poll;
      if (at < next.at) next = { at, reason: 'drain' };
    }
    return next;
  }

  /** Whether there is something to do about what drains; also when that cannot be told. */
  async #isDrainDue(): Promise<boolean> {
    const desired = this.#desired as DesiredState;
    const now = this.#clock.now();
    try {
      return await isDrainDue(this.#backend, this.#records, desired, this.#options.drain, now);
    } catch (error) {
      this.#fail(error);
      return true;
    }
  }

  async #cycle(): Promise<void> {
    this.#state = 'working';
    const reasons = [...this.#reasons];
    this.#reasons.clear();
    this.#bell.answer();
    this.#cycles += 1;
    const started = this.#clock.now();
    try {
      const report = await this.#reconcile(reasons);
      this.#backoff.succeed(loop);
      this.#lastError = undefined;
      this.#noteConvergence(report);
      this.emit('cycle', {
        number: this.#cycles,
        reasons,
        operations: report?.results.length ?? 0,
        durationMs: this.#clock.now() - started,
        converged: this.#converged,
      });
    } catch (error) {
      this.#converged = false;
      this.#backoff.fail(loop, this.#clock.now());
      this.#reasons.add('retry');
      this.#fail(error);
    }
  }

  /** Answers nothing when there was nothing to do. */
  async #reconcile(reasons: readonly CycleReason[]): Promise<ApplyReport | undefined> {
    const plan = await this.#plan();
    this.#flapping.prune(this.#cycles);
    if (plan.operations.length === 0) {
      await this.#forgetDrains();
      return undefined;
    }
    if (hasWork(plan)) {
      this.emit('plan', plan);
      const isDrift = !reasons.includes('desired') && !reasons.includes('health');
      if (isDrift) this.#noteDrift(plan);
    }
    const report = await apply(
      this.#backend,
      plan,
      {
        ...this.#applyOptions(),
        wait: false,
        stale: 'force',
        signal: this.#stopping.signal,
        onOperation: (result) => this.emit('operation', result),
      },
      { health: this.#options.health },
    );
    this.#record = report.record;
    this.#noteResults(report);
    return report;
  }

  async #plan(): Promise<Plan> {
    const desired = this.#orders.overlay(this.#desired as DesiredState);
    const actual = await readState(this.#backend, { desired });
    const now = this.#clock.now();
    const { scope, drain, ignore, allow, maxRemovals, allowEmpty, health } = this.#options;
    const given = { scope, drain, ignore, allow, maxRemovals, allowEmpty, health };
    const options = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    );
    const record = this.#record === undefined ? {} : { record: this.#record };
    const steps = diffSteps(
      desired,
      actual,
      { ...options, ...record, drains: this.#records, now },
      { has: (id) => !this.#backoff.holds(id, now) },
    );
    return inSlices(steps);
  }

  #applyOptions() {
    const { onError, maxRounds } = this.#options;
    return {
      ...(onError === undefined ? {} : { onError }),
      ...(maxRounds === undefined ? {} : { maxRounds }),
      clock: this.#clock,
      drainStore: { load: async () => this.#records, save: this.#saveRecords.bind(this) },
    };
  }

  async #saveRecords(records: readonly DrainRecord[]): Promise<void> {
    this.#records = records;
    await this.#options.drainStore?.save(records);
  }

  async #forgetDrains(): Promise<void> {
    if (this.#records.length > 0) await this.#saveRecords([]);
    this.#orders.settleGone();
  }

  /** What was changed by others; a service of which something keeps being changed back is left alone for a while. */
  #noteDrift(plan: Plan): void {
    const drifted = plan.operations.filter(
      ({ reason, deferred }) =>
        deferred === undefined && reason !== 'drain-end' && reason !== 'drain-fallback',
    );
    if (drifted.length === 0) return;
    this.emit('drift', plan);
    const flapping = new Set<ServiceId>();
    for (const operation of drifted) {
      const isFlapping = this.#flapping.note(operation, this.#cycles);
      if (isFlapping && operation.service !== undefined) flapping.add(operation.service);
    }
    for (const service of flapping) {
      this.emit('flapping', service, this.#backoff.fail(service, this.#clock.now()));
    }
  }

  #noteResults(report: ApplyReport): void {
    const now = this.#clock.now();
    const failed = new Set<ServiceId>();
    for (const { status, service } of report.results) {
      if (status === 'failed' && service !== undefined) failed.add(service);
    }
    for (const service of failed) this.#backoff.fail(service, now);
    const failures = report.results.filter(({ status }) => status === 'failed');
    for (const failure of failures) this.#fail(operationError(failure));
    for (const drain of report.drains) {
      if (drain.outcome === 'pending') continue;
      this.emit('drain', drain);
    }
    this.#orders.settle(report);
  }

  #noteConvergence(report: ApplyReport | undefined): void {
    const converged = report?.converged ?? true;
    if (converged && !this.#converged) this.emit('converged', report);
    this.#converged = converged;
  }

  #fail(error: unknown): void {
    this.#lastError = error;
    // An emitter throws an error that nobody listens to.
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }

  /** What is to be done at the very end. */
  async #leave(): Promise<void> {
    const { onStop = 'keep' } = this.#options;
    const desired = this.#desired;
    if (onStop === 'keep' || desired === undefined) return;
    const { services, sysctls: _sysctls, timeouts: _timeouts, ...rest } = atStop(desired, onStop);
    const state = { ...rest, services };
    const actual = await readState(this.#backend, { desired: state });
    const record = this.#record === undefined ? {} : { record: this.#record };
    const steps = diffSteps(state, actual, {
      ...record,
      ...(onStop === 'remove' ? { drain: { mode: 'immediate' } } : {}),
    });
    const options = { clock: this.#clock, wait: false, stale: 'force' } as const;
    await apply(this.#backend, await inSlices(steps), options);
  }
}

function operationError({ code, message, service, destination, op }: OperationResult): Error {
  const target = destination === undefined ? service : `${service} -> ${destination}`;
  return new ApplyError('E_KERNEL', `${op} ${target ?? ''}: ${message ?? code ?? 'it failed'}`);
}

import type { ApplyReport, DrainResult, OperationResult } from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type { Clock } from '../../../types/clock.js';
import type { DesiredState, DrainPolicy } from '../../../types/document.js';
import type { OwnerRecord, Plan, PlanOptions } from '../../../types/plan.js';
import type { ReconcilerEvents, ReconcilerOptions } from '../../../types/reconciler.js';
import type { ServiceId } from '../../../types/service.js';
import { releaseSnapshot } from '../../kernel/lazy/release.js';
import { dueOperations } from '../apply/again.js';
import { Application } from '../apply/application.js';
import { isDone } from '../apply/operation-result.js';
import { ownerRecord } from '../apply/owner-record.js';
import { Removals } from '../apply/removals.js';
import { noOutcomes } from '../apply/results.js';
import { diffSteps } from '../diff/diff.js';
import { type CheckedOptions, checkDiffOptions } from '../diff/options.js';
import { runInSlices } from '../document/steps.js';
import { ApplyError, PlanError } from '../errors.js';
import { hasErrors } from '../plan/diagnostics.js';
import { readState } from '../read-state.js';
import { noteAdditions } from '../trash.js';
import { atStop } from './at-stop.js';
import { Backoff } from './backoff.js';
import { DrainOrders, type DrainTarget } from './drain-orders.js';
import { ExpectedChanges } from './expected-changes.js';
import { Flapping } from './flapping.js';
import { KeptDrains } from './kept-drains.js';

/** Says that something has happened. */
export type Emit = <Name extends keyof ReconcilerEvents>(
  name: Name,
  ...values: ReconcilerEvents[Name]
) => void;

/** What one cycle came to. */
export interface CycleOutcome {
  /** Absent where there was nothing to do. */
  readonly report: ApplyReport | undefined;
  readonly converged: boolean;
}

/** Looks at a kernel and brings it to what it should be, one cycle at a time; knows what there is to know from one to the next. */
export class Keeper {
  readonly drains: KeptDrains;
  /** Services that are left alone for a while. */
  readonly backoff = new Backoff<ServiceId>();
  readonly #backend: Backend;
  readonly #options: ReconcilerOptions;
  readonly #checked: CheckedOptions;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #emit: Emit;
  readonly #flapping = new Flapping();
  readonly #orders = new DrainOrders();
  readonly #removals = new Removals();
  #expected = new ExpectedChanges();
  #desired: DesiredState | undefined;
  #record: OwnerRecord | undefined;

  /** Throws `InvalidValueError` for options that no plan can be made with. */
  constructor(
    backend: Backend,
    options: ReconcilerOptions,
    clock: Clock,
    signal: AbortSignal,
    emit: Emit,
  ) {
    this.#backend = backend;
    this.#options = options;
    this.#clock = clock;
    this.#signal = signal;
    this.#emit = emit;
    this.#checked = checkDiffOptions(options);
    this.#record = this.#checked.kept.record;
    this.drains = new KeptDrains(backend, clock, options, (error) => emit('error', error));
  }

  get hasDesired(): boolean {
    return this.#desired !== undefined;
  }

  get record(): OwnerRecord | undefined {
    return this.#record;
  }

  /** Says what should be. What failed or flapped may be otherwise in it, and is tried at once. */
  setDesired(desired: DesiredState): void {
    this.#desired = desired;
    this.#orders.forgetEnded();
    this.#flapping.clear();
    this.backoff.clear();
    this.#expected.expectEverything();
  }

  /** What should become of a service has changed. */
  expectService(id: ServiceId): void {
    this.#expected.expectService(id);
  }

  order(target: DrainTarget, policy: DrainPolicy | undefined): Promise<DrainResult> {
    this.#expected.expectService(target.service);
    return this.#orders.order(target, policy);
  }

  abandonOrders(reason: unknown): void {
    this.#orders.abandon(reason);
  }

  /** Looks, and does what is to be done. Rejects where that cannot be found out, or nothing can be done. */
  async cycle(number: number): Promise<CycleOutcome> {
    const held = new Set(this.backoff.entries(this.#clock.now()).map(([id]) => id));
    const expected = this.#expected;
    this.#expected = new ExpectedChanges();
    try {
      const plan = await this.#plan(held);
      if (this.#signal.aborted) return { report: undefined, converged: false };
      if (hasErrors(plan)) throw new PlanError(plan);
      const flapping = this.#noteDrift(plan, expected, number);
      const report = await this.#carryOut(plan, held);
      this.#expected.expectStill(expected, held);
      this.#noteReport(report, held, flapping);
      // What was left alone was not looked at, also where its time has come meanwhile.
      const isHeld = held.size > 0 || this.backoff.entries(this.#clock.now()).length > 0;
      return { report, converged: (report?.converged ?? true) && !isHeld };
    } catch (error) {
      this.#expected.expectAlso(expected);
      throw error;
    }
  }

  /** What is to be done at the very end. */
  async leave(): Promise<void> {
    const { onStop = 'keep' } = this.#options;
    if (onStop === 'keep' || this.#desired === undefined) return;
    const state = atStop(this.#desired, onStop);
    const { drain } = this.#checked.kept;
    const policy = onStop === 'remove' ? ({ mode: 'immediate' } as const) : drain;
    const actual = await readState(this.#backend, { desired: state, lazy: true });
    const plan = await runInSlices(
      diffSteps(state, actual, {
        scope: { mode: 'declared' },
        kept: { ...this.#known, ...(policy === undefined ? {} : { drain: policy }) },
        now: this.#clock.now(),
      }),
    );
    releaseSnapshot(this.#backend, actual);
    const drainStore = this.drains.storeBeside(new Set());
    const options = { clock: this.#clock, wait: false, stale: 'force', drainStore } as const;
    this.#noteFailures(await new Application(this.#backend, plan, options).run());
  }

  async #plan(held: ReadonlySet<ServiceId>): Promise<Plan> {
    const desired = this.#orders.overlay(this.#desired as DesiredState);
    this.drains.setDesired(desired);
    const actual = await readState(this.#backend, { desired, lazy: true });
    const kept = { ...this.#checked.kept, ...this.#known };
    const options = { ...this.#checked, kept, now: this.#clock.now() };
    const looked = { has: (id: ServiceId) => !held.has(id) };
    const plan = await runInSlices(diffSteps(desired, actual, options, looked));
    releaseSnapshot(this.#backend, actual);
    const notes = noteAdditions(plan.summary.destinations.add, this.#removals.count(options.now));
    return notes.length === 0 ? plan : { ...plan, diagnostics: [...plan.diagnostics, ...notes] };
  }

  /** What is known from earlier cycles. */
  get #known(): Pick<PlanOptions, 'record' | 'drains'> {
    const drains = this.drains.records;
    return this.#record === undefined ? { drains } : { record: this.#record, drains };
  }

  /** Says what others have changed; answers the services of which they keep doing so. */
  #noteDrift(plan: Plan, expected: ExpectedChanges, cycle: number): ReadonlySet<ServiceId> {
    const due = [...dueOperations(plan)];
    if (due.length > 0) this.#emit('plan', plan);
    const drifted = due.filter((operation) => {
      const isEnd = operation.reason === 'drain-end' || operation.reason === 'drain-fallback';
      return !isEnd && !expected.has(operation);
    });
    if (drifted.length > 0) this.#emit('drift', plan, drifted);
    return this.#flapping.note(drifted, cycle);
  }

  /** Answers nothing when there was nothing to do. */
  async #carryOut(plan: Plan, held: ReadonlySet<ServiceId>): Promise<ApplyReport | undefined> {
    const drainStore = this.drains.storeBeside(held);
    if (plan.operations.length === 0) {
      if (this.drains.records.length > 0) await drainStore.save([]);
      this.#takeRecord(ownerRecord(plan, noOutcomes), held);
      return undefined;
    }
    const { onError, maxRounds, health } = this.#options;
    const context = { health, removals: this.#removals };
    const options = {
      ...(onError === undefined ? {} : { onError }),
      ...(maxRounds === undefined ? {} : { maxRounds }),
      clock: this.#clock,
      drainStore,
      wait: false,
      stale: 'force',
      signal: this.#signal,
      onOperation: (result: OperationResult) => this.#emit('operation', result),
    } as const;
    try {
      const report = await new Application(this.#backend, plan, options, context).run();
      this.#takeRecord(report.record, held);
      return report;
    } catch (error) {
      if (error instanceof ApplyError && error.report !== undefined) {
        this.#takeRecord(error.report.record, held);
      }
      throw error;
    }
  }

  /** A service that was left alone is this owner's only if it was before. */
  #takeRecord(record: OwnerRecord, held: ReadonlySet<ServiceId>): void {
    const had = new Set(this.#record?.services);
    const services = record.services.filter((id) => !held.has(id) || had.has(id));
    this.#record = { ...record, services };
  }

  #noteReport(
    report: ApplyReport | undefined,
    held: ReadonlySet<ServiceId>,
    flapping: ReadonlySet<ServiceId>,
  ): void {
    const left = report?.results.filter((result) => !isDone(result)) ?? [];
    this.#expected.expectOperations(left);
    const failed = report === undefined ? new Set<ServiceId>() : this.#noteFailures(report);
    this.#noteBackoff(held, failed, flapping);
    for (const drain of report?.drains ?? []) {
      if (drain.outcome !== 'pending') this.#emit('drain', drain);
    }
    this.#orders.settle(report, (id) => held.has(id));
  }

  /** Tells of each failure; answers the services that had one. */
  #noteFailures(report: ApplyReport): Set<ServiceId> {
    const { ok, diagnostics, plan } = report;
    const failed = new Set<ServiceId>();
    for (const result of ok ? [] : report.results) {
      if (result.status !== 'failed') continue;
      if (result.service !== undefined) failed.add(result.service);
      this.#emit('error', operationError(result));
    }
    const touched = new Set<string | undefined>(plan.operations.map(({ service }) => service));
    for (const { severity, code, message, address } of diagnostics) {
      if (severity !== 'error' || code === 'E_ABORTED') continue;
      if (touched.has(address)) failed.add(address as ServiceId);
      this.#emit(
        'error',
        new ApplyError(code, address === undefined ? message : `${address}: ${message}`),
      );
    }
    return failed;
  }

  /** Leaves alone what failed or flaps, longer each time; what was looked at and did neither begins anew. */
  #noteBackoff(
    held: ReadonlySet<ServiceId>,
    failed: ReadonlySet<ServiceId>,
    flapping: ReadonlySet<ServiceId>,
  ): void {
    const now = this.#clock.now();
    for (const id of this.backoff.failing) {
      if (held.has(id) || failed.has(id) || flapping.has(id)) continue;
      this.backoff.succeed(id);
      this.#flapping.calm(id);
    }
    for (const id of failed) if (!flapping.has(id)) this.backoff.fail(id, now);
    for (const id of flapping) this.#emit('flapping', id, this.backoff.fail(id, now));
  }
}

function operationError({ code, message, service, destination, address, op }: OperationResult) {
  const target = destination === undefined ? (service ?? address) : `${service} -> ${destination}`;
  const text = `${op} ${target}: ${message ?? 'it failed'}`;
  return new ApplyError(code ?? 'E_KERNEL', text);
}

import type { ApplyOptions, ApplyReport } from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type { Clock } from '../../../types/clock.js';
import type { DrainPolicy } from '../../../types/document.js';
import type { DrainRecord, HealthView, Plan, PlannedOperation } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import type { Snapshot } from '../../../types/snapshot.js';
import { releaseSnapshot } from '../../kernel/lazy/release.js';
import { completeDrainPolicy } from '../document/drain-policy.js';
import { ApplyError, PlanError } from '../errors.js';
import { errorsOf, hasErrors } from '../plan/diagnostics.js';
import { isFromJSON } from '../plan/read-plan.js';
import { systemClock } from '../system-clock.js';
import { Account } from './account.js';
import { hasWork, planAgain } from './again.js';
import { attempt } from './attempts.js';
import { Drains } from './drains.js';
import { endsRun, type Refusal } from './failures.js';
import { inRound, keyOf, targetOf, withoutSome } from './operation-groups.js';
import { Operations } from './operations.js';
import { Removals } from './removals.js';
import { forEachOutcome } from './results.js';
import { rollBack } from './rollback.js';
import { Run } from './run.js';
import { isServed } from './served.js';
import { staleServices } from './stale.js';
import { readTouched, type Touched, touchedBy } from './touched.js';
import { TrashNotes } from './trash-notes.js';
import { wantedOf } from './wanted.js';

/** What only `reconcile` and a watch loop know. */
export interface ApplyContext {
  readonly health?: HealthView | undefined;
  /** What was removed by earlier runs. */
  readonly removals?: Removals;
}

/** One run: a plan, the rounds that it takes, and what came of them. */
export class Application {
  readonly #backend: Backend;
  readonly #options: ApplyOptions;
  readonly #health: HealthView | undefined;
  readonly #clock: Clock;
  readonly #touched: Touched;
  readonly #account = new Account();
  readonly #trash: TrashNotes;
  /** Services, addresses and settings of which an operation failed: they are not tried in a further round. */
  readonly #failed = new Set<string>();
  #plan: Plan;
  #records: readonly DrainRecord[];
  /** What was read before anything was done, where it may have to be brought back. */
  #before: Snapshot | undefined;
  /** What was read last. */
  #actual: Snapshot | undefined;
  #rounds = 0;

  constructor(backend: Backend, plan: Plan, options: ApplyOptions, context: ApplyContext = {}) {
    if (hasErrors(plan)) throw new PlanError(plan);
    this.#backend = backend;
    this.#plan = plan;
    this.#options = options;
    this.#health = context.health;
    this.#clock = options.clock ?? systemClock;
    this.#trash = new TrashNotes(context.removals ?? new Removals(), this.#account, this.#clock);
    this.#touched = touchedBy(plan);
    this.#records = plan.options.drains ?? [];
  }

  async run(): Promise<ApplyReport> {
    try {
      return await this.#run();
    } finally {
      this.#letGo(this.#before);
      this.#letGo(this.#actual);
    }
  }

  async #run(): Promise<ApplyReport> {
    const before = await this.#checkFreshness();
    if (this.#options.onError === 'rollback') this.#before = before;
    if (this.#options.dryRun === true) return this.#report(this.#plan);
    if (this.#plan.operations.length === 0) {
      await this.#forgetDrains();
      return this.#report(this.#plan);
    }
    let plan = this.#plan;
    for (;;) {
      this.#rounds += 1;
      const run = await this.#execute(plan);
      if (run.hasFailed && this.#options.onError === 'rollback') {
        return this.#rollBack(run, plan);
      }
      const drains = await this.#beginDrains(run);
      const left = await this.#planAgain();
      const next = this.#nextRound(run, left);
      if (next !== undefined && this.#rounds < this.#maxRounds) {
        this.#account.takeRound(run, drains, this.#actual);
        await this.#trash.take(plan);
        this.#trash.noteRound(next);
        await this.#backOff();
        plan = next;
        continue;
      }
      if (next !== undefined) this.#noteContention(next);
      const isOver = drains.isOver || this.#options.wait === false;
      await this.#wait(run, drains);
      const rest = isOver ? left : await this.#planAgain();
      this.#account.takeEnd(run, drains, this.#actual);
      await this.#trash.take(plan);
      return this.#report(rest);
    }
  }

  get #maxRounds(): number {
    return this.#options.maxRounds ?? 3;
  }

  /** Reads what the plan touches; plans again, or rejects, when it is not as it was. */
  async #checkFreshness(): Promise<Snapshot | undefined> {
    const { stale = isFromJSON(this.#plan) ? 'fail' : 'replan', onError } = this.#options;
    if (stale === 'force' && onError !== 'rollback') return undefined;
    const read = await this.#read();
    if (read instanceof Error) throw read;
    if (stale === 'force') return read;
    const differences = staleServices(this.#plan, read);
    if (differences.length === 0) return read;
    if (stale === 'fail') {
      const message = `something has changed since the plan was made: ${differences.join('; ')}`;
      throw new ApplyError('E_STALE_PLAN', message);
    }
    this.#plan = await planAgain(this.#plan, read, this.#touched, this.#circumstances());
    if (hasErrors(this.#plan)) throw new PlanError(this.#plan);
    return read;
  }

  /** Answers an error that is no reason to give up. */
  async #read(): Promise<Snapshot | Error> {
    const read = await attempt(this.#clock, () =>
      readTouched(this.#backend, this.#plan, this.#touched),
    );
    if (read.refusal === undefined) {
      if (this.#actual !== this.#before) this.#letGo(this.#actual);
      this.#actual = read.value;
      return read.value;
    }
    this.#failIfEnding(read.refusal);
    return read.refusal.error as Error;
  }

  #letGo(read: Snapshot | undefined): void {
    if (read !== undefined) releaseSnapshot(this.#backend, read);
  }

  #failIfEnding(refusal: Refusal): void {
    const code = endsRun(refusal);
    if (code === undefined) return;
    const { message, error: cause } = refusal;
    const report = this.#rounds === 0 ? {} : { report: this.#report() };
    throw new ApplyError(code, message, { ...report, cause });
  }

  async #execute(plan: Plan): Promise<Run> {
    const operations = new Operations(this.#backend, wantedOf(plan, this.#health));
    const { onError, onOperation, signal } = this.#options;
    const drained = new Set(this.#records.map(({ service }) => service));
    const run = new Run(operations, {
      clock: this.#clock,
      ...(onError === undefined ? {} : { onError }),
      ...(onOperation === undefined ? {} : { onOperation: onOperation.bind(this.#options) }),
      ...(signal === undefined ? {} : { signal }),
      isServed: isServed(plan),
      // Where a drain is over, its connections are looked at once more, to say how it came out.
      waits: ({ reason, op, service }) =>
        reason === 'drain-end' ||
        (op === 'del-service' && service !== undefined && drained.has(service)),
    });
    await run.execute(plan.operations);
    if (run.ending !== undefined) this.#fail(run);
    return run;
  }

  /** Nothing else can succeed, nor can what has been done be undone. */
  #fail(run: Run): never {
    const { code, message, cause } = run.ending ?? { code: 'E_KERNEL', message: '', cause: '' };
    this.#account.takeFragment(run);
    if (this.#options.onError === 'rollback') this.#account.failRollback();
    throw new ApplyError(code, message, { report: this.#report(), cause });
  }

  async #beginDrains(run: Run): Promise<Drains> {
    const drains = new Drains(run, {
      backend: this.#backend,
      clock: this.#clock,
      store: this.#options.drainStore,
      known: this.#records,
      pollOf: this.#pollOf(),
      onDrain: this.#options.onDrain?.bind(this.#options),
    });
    await this.#checkDrains(run, drains);
    return drains;
  }

  async #checkDrains(run: Run, drains: Drains): Promise<void> {
    if (run.halted === undefined) await drains.check();
    if (run.halted !== undefined) await drains.abandon(run.halted);
    this.#records = drains.records;
    if (run.ending !== undefined) this.#fail(run);
  }

  #pollOf(): (service: ServiceId) => number {
    const { desired, options } = this.#plan;
    let named: ReadonlyMap<ServiceId, DrainPolicy | undefined> | undefined;
    return (service) => {
      named ??= new Map(
        [...desired.services, ...desired.absent].map(({ id, drain }) => [id, drain]),
      );
      return completeDrainPolicy(named.get(service), options.drain).poll;
    };
  }

  /** Waits until nothing drains any more. */
  async #wait(run: Run, drains: Drains): Promise<void> {
    const { wait = true, signal } = this.#options;
    while (wait && !drains.isOver) {
      await this.#clock.sleep(drains.nextLook, signal).catch((error: unknown) => {
        if (!signal?.aborted) throw error;
      });
      await this.#checkDrains(run, drains);
    }
  }

  /** What is left to do now; `undefined` when that cannot be read. */
  async #planAgain(): Promise<Plan | undefined> {
    const read = await this.#read();
    if (!(read instanceof Error)) {
      return planAgain(this.#plan, read, this.#touched, this.#circumstances());
    }
    const message = `it could not be read whether all is as it should be: ${read.message}`;
    this.#account.note({ severity: 'error', code: 'E_KERNEL', message });
    return undefined;
  }

  #circumstances() {
    return { drains: this.#records, now: this.#clock.now(), health: this.#health };
  }

  /** What is left to do although nothing of it failed or drains: others have changed it meanwhile. */
  #nextRound(run: Run, left: Plan | undefined): Plan | undefined {
    if (left === undefined || run.halted !== undefined) return undefined;
    const pending = new Set<string>();
    if (run.hasFailed || run.pending.size > 0) {
      forEachOutcome(run.results.outcomes, (operation, { status }) => {
        if (status === 'failed') this.#failed.add(targetOf(operation));
        if (status === 'pending') pending.add(keyOf(operation));
      });
    }
    const isLeftOut = (operation: PlannedOperation) =>
      this.#failed.has(targetOf(operation)) || pending.has(keyOf(operation));
    const others = withoutSome(left.operations, isLeftOut);
    const next = { ...left, operations: inRound(others, this.#rounds + 1) };
    if (!hasWork(next)) return undefined;
    const errors = errorsOf(left);
    if (errors.length === 0) return next;
    this.#account.note(...errors);
    return undefined;
  }

  /** Programs that are in each other's way should not be so again at the same moment. */
  #backOff(): Promise<void> {
    return this.#clock.sleep(Math.round(50 * this.#rounds * (1 + Math.random())));
  }

  #noteContention({ operations }: Plan): void {
    const message = `somebody else keeps changing it: after ${this.#rounds} rounds it is not as it should be`;
    for (const address of new Set(operations.map(targetOf))) {
      this.#account.note({ severity: 'error', code: 'E_CONTENTION', message, address });
    }
  }

  async #rollBack(run: Run, plan: Plan): Promise<ApplyReport> {
    for (const operation of run.pending) run.skip(operation, 'stopped');
    this.#account.takeFragment(run);
    const actual = this.#before ?? { services: [], consistent: true };
    const before = { plan: this.#plan, actual };
    const { outcomes } = this.#account;
    await this.#trash.take(plan);
    await this.#trash.noteRollback(this.#plan);
    this.#account.takeRollback(await rollBack(this.#backend, before, outcomes, this.#clock));
    await this.#trash.takeRollback(this.#plan);
    return this.#report(await this.#planAgain());
  }

  /** With nothing to do, nothing drains. */
  async #forgetDrains(): Promise<void> {
    if (this.#records.length > 0) await this.#options.drainStore?.save([]);
  }

  #report(left?: Plan): ApplyReport {
    return this.#account.report(this.#plan, this.#rounds, left);
  }
}

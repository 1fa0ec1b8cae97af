import type {
  ApplyOptions,
  ApplyReport,
  DrainResult,
  OperationResult,
} from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type { Clock } from '../../../types/clock.js';
import type { Diagnostic, DrainRecord, HealthView, Plan } from '../../../types/plan.js';
import type { Snapshot } from '../../../types/snapshot.js';
import { completeDrainPolicy } from '../document/drain-policy.js';
import { ApplyError, PlanError } from '../errors.js';
import { isFromJSON } from '../plan/read-plan.js';
import { systemClock } from '../system-clock.js';
import { hasWork, planAgain } from './again.js';
import { Drains } from './drains.js';
import { Operations } from './operations.js';
import { ownerRecord } from './owner-record.js';
import { rollBack } from './rollback.js';
import { Run } from './run.js';
import { staleServices } from './stale.js';
import { declaredServices, readTouched, type Touched, touchedBy } from './touched.js';

/** What only `reconcile` and a watch loop know. */
export interface ApplyContext {
  readonly health?: HealthView | undefined;
}

/**
 * Carries a plan out: first it looks whether what the plan touches is still as it was, then it does one phase after the
 * other, waits for what drains, and looks whether all is as it should be. Resolves with a report, also when operations
 * failed. Rejects with {@link PlanError} for a plan that has errors, with {@link ApplyError} for one that is stale
 * (`E_STALE_PLAN`), without the privilege (`E_PERMISSION`), and where the kernel has no IPVS (`E_MODULE`).
 */
export async function apply(
  backend: Backend,
  plan: Plan,
  options: ApplyOptions = {},
  context: ApplyContext = {},
): Promise<ApplyReport> {
  if (plan.diagnostics.some(({ severity }) => severity === 'error')) throw new PlanError(plan);
  return new Application(backend, plan, options, context).run();
}

class Application {
  readonly #backend: Backend;
  readonly #options: ApplyOptions;
  readonly #health: HealthView | undefined;
  readonly #clock: Clock;
  readonly #results: OperationResult[] = [];
  readonly #diagnostics: Diagnostic[] = [];
  readonly #touched: Touched;
  #plan: Plan;
  #records: readonly DrainRecord[];
  #drains: readonly DrainResult[] = [];
  #rounds = 0;

  constructor(backend: Backend, plan: Plan, options: ApplyOptions, context: ApplyContext) {
    this.#backend = backend;
    this.#plan = plan;
    this.#options = options;
    this.#health = context.health;
    this.#clock = options.clock ?? systemClock;
    this.#touched = touchedBy(plan);
    this.#records = plan.options.drains ?? [];
  }

  async run(): Promise<ApplyReport> {
    const actual = await this.#checkFreshness();
    if (this.#options.dryRun === true || this.#plan.operations.length === 0) {
      return this.#report(this.#plan);
    }
    const { signal } = this.#options;
    const maxRounds = this.#options.maxRounds ?? 3;
    let plan = this.#plan;
    for (;;) {
      this.#rounds += 1;
      const run = await this.#execute(plan);
      if (run.hasFailed && this.#options.onError === 'rollback') return this.#rollBack(run, actual);
      const drains = this.#watch(run, plan);
      await drains.check();
      const left = await this.#planAgain();
      const others = run.drifted && !signal?.aborted && hasWork(left);
      if (others && this.#rounds < maxRounds) {
        this.#keep(run, drains);
        await this.#backOff();
        plan = left;
        continue;
      }
      if (others) this.#noteContention(left);
      if (drains.isOver) return this.#conclude(run, drains, left);
      await this.#wait(drains);
      return this.#conclude(run, drains, await this.#planAgain());
    }
  }

  /** Reads what the plan touches; plans again, or rejects, when it is not as it was. */
  async #checkFreshness(): Promise<Snapshot | undefined> {
    const { stale = isFromJSON(this.#plan) ? 'fail' : 'replan', onError, signal } = this.#options;
    if (stale === 'force' && onError !== 'rollback') return undefined;
    const actual = await readTouched(this.#backend, this.#plan, this.#touched, signal);
    if (stale === 'force') return actual;
    const differences = staleServices(this.#plan, actual);
    if (differences.length === 0) return actual;
    if (stale === 'fail') {
      throw new ApplyError(
        'E_STALE_PLAN',
        `something has changed since the plan was made: ${differences.join('; ')}`,
      );
    }
    this.#plan = await planAgain(this.#plan, actual, this.#touched, this.#circumstances());
    return actual;
  }

  async #execute(plan: Plan): Promise<Run> {
    const operations = new Operations(this.#backend, declaredServices(plan));
    const { onError, onOperation, signal } = this.#options;
    const run = new Run(operations, {
      clock: this.#clock,
      ...(onError === undefined ? {} : { onError }),
      ...(onOperation === undefined ? {} : { onOperation: onOperation.bind(this.#options) }),
      ...(signal === undefined ? {} : { signal }),
      ...(this.#rounds === 1 ? {} : { prefix: `${this.#rounds}.` }),
    });
    await run.execute(plan.operations);
    if (run.ending !== undefined && onError !== 'rollback') this.#fail(run);
    return run;
  }

  #fail(run: Run): never {
    const { code, message, cause } = run.ending ?? { code: 'E_PERMISSION', message: '', cause: '' };
    this.#results.push(...run.results.values());
    throw new ApplyError(code, message, { report: this.#report(this.#plan), cause });
  }

  #watch(run: Run, plan: Plan): Drains {
    const { drainStore } = this.#options;
    return new Drains(this.#backend, run, plan.operations, this.#records, this.#clock, drainStore);
  }

  async #planAgain(): Promise<Plan> {
    const actual = await readTouched(this.#backend, this.#plan, this.#touched, undefined);
    return planAgain(this.#plan, actual, this.#touched, this.#circumstances());
  }

  #circumstances() {
    return { drains: this.#records, now: this.#clock.now(), health: this.#health };
  }

  /** Keeps what came of a round; what it left is part of the next one. */
  #keep(run: Run, drains: Drains): void {
    for (const result of run.results.values()) {
      if (result.status !== 'pending') this.#results.push(result);
    }
    this.#records = drains.records;
  }

  /** Programs that are in each other's way should not be so again at the same moment. */
  #backOff(): Promise<void> {
    return this.#clock.sleep(Math.round(50 * this.#rounds * (1 + Math.random())));
  }

  #noteContention(left: Plan): void {
    const keys = new Set(left.operations.map(({ service, address }) => service ?? address ?? ''));
    const message = `somebody else keeps changing it: after ${this.#rounds} rounds it is not as it should be`;
    for (const address of keys) {
      this.#diagnostics.push({ severity: 'error', code: 'E_CONTENTION', message, address });
    }
  }

  async #wait(drains: Drains): Promise<void> {
    const { wait = true, signal } = this.#options;
    while (wait && !drains.isOver && !signal?.aborted) {
      try {
        await this.#clock.sleep(this.#pollInterval(), signal);
      } catch (error) {
        if (!signal?.aborted) throw error;
        break;
      }
      await drains.check();
    }
    this.#records = drains.records;
    if (wait && signal?.aborted) drains.abandon();
  }

  /** The shortest of those that drain. */
  #pollInterval(): number {
    const { desired, options, operations } = this.#plan;
    const waiting = new Set(
      operations.flatMap(({ deferred, service }) => (deferred ? service : [])),
    );
    const policies = [...desired.services, ...desired.absent]
      .filter(({ id }) => waiting.has(id))
      .map(({ drain }) => completeDrainPolicy(drain, options.drain).poll);
    return Math.min(completeDrainPolicy(options.drain).poll, ...policies);
  }

  async #rollBack(run: Run, actual: Snapshot | undefined): Promise<ApplyReport> {
    const before = {
      plan: this.#plan,
      touched: this.#touched,
      actual: actual ?? { services: [], consistent: true },
    };
    const done: OperationResult[] = [];
    for (const result of run.results.values()) {
      const isDone = result.status === 'ok' || result.status === 'noop';
      if (isDone) done.push(result);
      else if (result.status === 'pending') {
        this.#results.push({ ...result, status: 'skipped', skipReason: 'stopped' });
      } else this.#results.push(result);
    }
    const { results, diagnostics } = await rollBack(this.#backend, before, done, this.#clock);
    this.#results.push(...results);
    this.#results.sort((first, second) => (first.id < second.id ? -1 : 1));
    this.#diagnostics.push(...diagnostics);
    if (run.ending !== undefined) {
      const { code, message, cause } = run.ending;
      throw new ApplyError(code, message, { report: this.#report(this.#plan), cause });
    }
    return this.#report(await this.#planAgain());
  }

  #conclude(run: Run, drains: Drains, left: Plan): ApplyReport {
    this.#records = drains.records;
    this.#results.push(...run.results.values());
    this.#drains = [...drains.results.values()];
    return this.#report(left);
  }

  #report(left: Plan): ApplyReport {
    const results = this.#results;
    if (this.#options.signal?.aborted) {
      const message = 'the run was aborted; what it had begun to drain takes no new connections';
      this.#diagnostics.push({ severity: 'error', code: 'E_ABORTED', message });
    }
    const isGood = ({ status }: OperationResult) =>
      status === 'ok' || status === 'noop' || status === 'pending';
    const errors = this.#diagnostics.some(({ severity }) => severity === 'error');
    return {
      ok: results.every(isGood) && !errors,
      converged: !hasWork(left),
      pending: results.filter(({ status }) => status === 'pending').length,
      rounds: this.#rounds,
      results,
      drains: this.#drains,
      remaining: left.operations,
      record: ownerRecord(this.#plan, results),
      diagnostics: this.#diagnostics,
      plan: this.#plan,
    };
  }
}

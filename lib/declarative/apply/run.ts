import type { ApplyOptions, OperationResult, SkipReason } from '../../../types/apply.js';
import type { Clock } from '../../../types/clock.js';
import type { Phase, PlannedOperation } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import type { Mutable } from '../../model/fields.js';
import { endsRun, failureCode, pauseBefore, type Refusal, refusalOf } from './failures.js';
import { inFlight } from './in-flight.js';
import type { Done, Operations } from './operations.js';

/** Phases that take something away: nothing of that where what comes instead has failed. */
const subtractive: ReadonlySet<Phase> = new Set(['contract', 'remove-dest', 'remove-service']);

export interface RunOptions extends Pick<ApplyOptions, 'onError' | 'onOperation' | 'signal'> {
  readonly clock: Clock;
  /** What the ids of results begin with. */
  readonly prefix?: string;
}

/** Why a run could not go on. */
export interface Ending {
  readonly code: 'E_PERMISSION' | 'E_MODULE';
  readonly message: string;
  readonly cause: unknown;
}

/** Executes the operations of one plan, in their order, and keeps what came of each. */
export class Run {
  readonly results = new Map<string, OperationResult>();
  /** Operations that wait for connections to end, or for operations that do. */
  readonly pending: PlannedOperation[] = [];
  /** Something had been changed by others. */
  drifted = false;
  /** What no operation would get past. */
  ending: Ending | undefined;
  readonly #operations: Operations;
  readonly #options: RunOptions;
  readonly #failed = new Set<ServiceId>();
  #stopped = false;

  constructor(operations: Operations, options: RunOptions) {
    this.#operations = operations;
    this.#options = options;
  }

  get hasFailed(): boolean {
    for (const { status } of this.results.values()) if (status === 'failed') return true;
    return false;
  }

  /** Executes phase by phase; the requests of one travel together. */
  async execute(operations: readonly PlannedOperation[]): Promise<void> {
    for (const phase of groupByPhase(operations)) {
      await inFlight(phase, (operation) => this.#start(operation));
    }
  }

  /** Tries an operation that was pending; what comes of it is not kept yet. */
  attempt(operation: PlannedOperation): Promise<Result> {
    return this.#perform(operation);
  }

  /** Keeps what came of an operation that was pending. */
  conclude(operation: PlannedOperation, result: Result): void {
    this.pending.splice(this.pending.indexOf(operation), 1);
    this.#settle(operation, result);
  }

  /** Gives an operation up that was pending. */
  skip(operation: PlannedOperation, skipReason: SkipReason): void {
    this.conclude(operation, { status: 'skipped', skipReason, attempts: 0, durationMs: 0 });
  }

  /** The operations that had to be done before this one, by what became of them. */
  dependencies({ dependsOn }: PlannedOperation): (OperationResult | undefined)[] {
    return dependsOn.map((id) => this.results.get(id));
  }

  async #start(operation: PlannedOperation): Promise<void> {
    const skipReason = this.#skipReason(operation);
    if (skipReason !== undefined) {
      this.#settle(operation, { status: 'skipped', skipReason, attempts: 0, durationMs: 0 });
    } else if (this.#waits(operation)) {
      this.pending.push(operation);
      this.#record(operation, { status: 'pending', attempts: 0, durationMs: 0 });
    } else {
      this.#settle(operation, await this.#perform(operation));
    }
  }

  #waits(operation: PlannedOperation): boolean {
    if (operation.deferred !== undefined) return true;
    return this.dependencies(operation).some((result) => result?.status === 'pending');
  }

  #skipReason(operation: PlannedOperation): SkipReason | undefined {
    if (this.#options.signal?.aborted) return 'aborted';
    if (this.#stopped) return 'stopped';
    const { phase, service } = operation;
    if (service !== undefined && subtractive.has(phase) && this.#failed.has(service)) {
      return 'gated';
    }
    return this.#lacksDependency(operation) ? 'dependency' : undefined;
  }

  #lacksDependency(operation: PlannedOperation): boolean {
    const results = this.dependencies(operation);
    const missed = (result: OperationResult | undefined) =>
      result?.status === 'failed' || result?.status === 'skipped';
    if (operation.op !== 'bind-vip') return results.some(missed);
    // An address is of use as soon as one of its services is there.
    const services = results.filter((result) => result?.op === 'add-service');
    const others = results.filter((result) => result?.op !== 'add-service');
    return others.some(missed) || (services.length > 0 && services.every(missed));
  }

  /** Makes the requests of an operation, and again where that can help. */
  async #perform(operation: PlannedOperation): Promise<Result> {
    const { clock } = this.#options;
    const started = clock.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const done = await this.#operations.perform(operation);
        return { ...outcome(done), attempts: attempt, durationMs: clock.now() - started };
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === undefined || refusal.code === 'ERR_IPVS_CLOSED') throw error;
        const pause = pauseBefore(attempt, refusal);
        if (pause === undefined) {
          this.#noteEnding(refusal, error);
          return { ...failure(refusal), attempts: attempt, durationMs: clock.now() - started };
        }
        await clock.sleep(pause);
      }
    }
  }

  #noteEnding(refusal: Refusal, cause: unknown): void {
    const code = endsRun(refusal);
    if (code === undefined) return;
    this.ending ??= { code, message: refusal.message, cause };
    this.#stopped = true;
  }

  #settle(operation: PlannedOperation, result: Result): OperationResult {
    const settled = this.#record(operation, this.#explained(operation, result));
    if (settled.drift) this.drifted = true;
    if (settled.status === 'failed') {
      if (operation.service !== undefined) this.#failed.add(operation.service);
      if (this.#options.onError === 'stop' || this.#options.onError === 'rollback') {
        this.#stopped = true;
      }
    }
    this.#options.onOperation?.(settled);
    return settled;
  }

  /** A destination fails along with its service, which was on its way when the destination was sent after it. */
  #explained(operation: PlannedOperation, result: Result): Result {
    const isFollowing = operation.op === 'add-dest' && result.status === 'failed';
    if (!isFollowing || !this.#lacksDependency(operation)) return result;
    const { attempts, durationMs } = result;
    return { status: 'skipped', skipReason: 'dependency', attempts, durationMs };
  }

  #record(operation: PlannedOperation, result: Result): OperationResult {
    const { id, op, service, destination, address } = operation;
    const named: Mutable<OperationResult> = {
      id: `${this.#options.prefix ?? ''}${id}`,
      op,
      ...result,
    };
    if (service !== undefined) named.service = service;
    if (destination !== undefined) named.destination = destination;
    if (address !== undefined) named.address = address;
    this.results.set(id, named);
    return named;
  }
}

/** What became of an operation, without what it was. */
export type Result = Omit<OperationResult, 'id' | 'op' | 'service' | 'destination' | 'address'>;

function outcome({ status, drift, message }: Done): Omit<Result, 'attempts' | 'durationMs'> {
  return {
    status,
    ...(drift === undefined ? {} : { drift }),
    ...(message === undefined ? {} : { message }),
  };
}

function failure(refusal: Refusal): Omit<Result, 'attempts' | 'durationMs'> {
  const { errno, message } = refusal;
  const code = endsRun(refusal) ?? failureCode(refusal);
  return { status: 'failed', code, message, ...(errno === undefined ? {} : { errno }) };
}

function groupByPhase(operations: readonly PlannedOperation[]): PlannedOperation[][] {
  const groups: PlannedOperation[][] = [];
  let last: Phase | undefined;
  for (const operation of operations) {
    if (operation.phase !== last) groups.push([]);
    last = operation.phase;
    groups.at(-1)?.push(operation);
  }
  return groups;
}

import type { ApplyOptions, SkipReason } from '../../../types/apply.js';
import type { Clock } from '../../../types/clock.js';
import type { Phase, PlannedOperation } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import { mostPerShipment } from '../../kernel/queue.js';
import type { WriteBatch } from '../../kernel/write-batch.js';
import { attempt } from './attempts.js';
import { isBatchable, tryAddToBatch } from './batched-operations.js';
import { endsRun, failureCode, type Refusal, refusalOf } from './failures.js';
import { inFlight, mostInFlight } from './in-flight.js';
import { groupByPhase, isRemoval } from './operation-groups.js';
import { isDone, isMissed, nameResult, type Result } from './operation-result.js';
import type { Operations } from './operations.js';
import { Results } from './results.js';

/** Phases that take something away: nothing of that where what comes instead has failed. */
const subtractive: ReadonlySet<Phase> = new Set(['contract', 'remove-dest', 'remove-service']);

const parcelsInFlight = mostInFlight / mostPerShipment;

export interface RunOptions extends Pick<ApplyOptions, 'onError' | 'onOperation' | 'signal'> {
  readonly clock: Clock;
  /** Whether an operation waits for something that is no operation. Default: if it is deferred. */
  waits?(operation: PlannedOperation): boolean;
  /** Whether an address has a service that was there before the run. Default: none has. */
  isServed?(operation: PlannedOperation): boolean;
}

/** Why a run could not go on. */
export interface Ending {
  readonly code: 'E_PERMISSION' | 'E_MODULE';
  readonly message: string;
  readonly cause: unknown;
}

/** Executes the operations of one plan, in their order, and keeps what came of each. */
export class Run {
  /** Operations that wait for connections to end, or for operations that do; in the order of execution. */
  readonly pending = new Set<PlannedOperation>();
  /** Operations by which something begins to drain, or goes. */
  readonly drainage = new Set<PlannedOperation>();
  /** Operations by which something drains no more, and stays. */
  readonly cancellations = new Set<PlannedOperation>();
  hasFailed = false;
  /** What no operation would get past. */
  ending: Ending | undefined;
  readonly #operations: Operations;
  readonly #options: RunOptions;
  #results = new Results([]);
  readonly #failed = new Set<ServiceId>();
  /** Services on their way, unless they were made at once: whether they came to be. */
  readonly #created = new Map<ServiceId, Promise<boolean>>();
  #isStopped = false;
  #turn: number | undefined;

  constructor(operations: Operations, options: RunOptions) {
    this.#operations = operations;
    this.#options = options;
  }

  /** What became of the operations by now. */
  get results(): Results {
    return this.#results;
  }

  /** Why nothing else is begun, if so. */
  get halted(): 'aborted' | 'stopped' | undefined {
    if (this.#options.signal?.aborted) return 'aborted';
    return this.#isStopped ? 'stopped' : undefined;
  }

  /**
   * Executes phase by phase. The requests of one travel together, unless the first failure is to be the end: then each
   * waits for the one before.
   */
  async execute(operations: readonly PlannedOperation[]): Promise<void> {
    this.#results = new Results(operations);
    const limit = this.#endsWithFailure ? 1 : mostInFlight;
    const batch = this.#endsWithFailure ? undefined : this.#operations.batch();
    for (const phase of groupByPhase(operations)) {
      if (batch === undefined) await this.#executeEach(phase, limit);
      else await this.#executeTogether(phase, batch);
    }
  }

  /** Tries an operation that was pending; what comes of it is not kept yet. */
  attempt(operation: PlannedOperation): Promise<Result> {
    return this.#perform(operation);
  }

  /** What a refusal means for an operation, also where what was refused was only to prepare it. */
  failure(operation: PlannedOperation, refusal: Refusal, attempts: number): Result {
    const { errno, message } = refusal;
    const code = failureCode(refusal, operation);
    const ending = endsRun(refusal);
    if (ending !== undefined) {
      this.ending ??= { code: ending, message, cause: refusal.error };
      this.#isStopped = true;
    }
    const known = errno === undefined ? {} : { errno };
    return { status: 'failed', code, message, ...known, attempts, durationMs: 0 };
  }

  /** Keeps what came of an operation that was pending. */
  conclude(operation: PlannedOperation, result: Result): void {
    this.pending.delete(operation);
    this.#settle(operation, result);
  }

  /** Gives an operation up that was pending. */
  skip(operation: PlannedOperation, skipReason: SkipReason): void {
    this.conclude(operation, skipped(skipReason));
  }

  /** What became of the operations that had to be done before this one. */
  dependencies({ dependsOn }: PlannedOperation): (Result | undefined)[] {
    return dependsOn.map((id) => this.#results.get(id));
  }

  #executeEach(operations: Iterable<PlannedOperation>, limit = mostInFlight): Promise<void> {
    return inFlight(operations, (operation) => this.#start(operation), limit);
  }

  #executeTogether(phase: readonly PlannedOperation[], batch: WriteBatch): Promise<void> {
    const parcels = this.#parcels(phase, batch);
    return inFlight(parcels, (parcel) => this.#deliver(parcel, batch), parcelsInFlight);
  }

  /** A phase in parts: what travels in a batch, which has been filled with it then, and what comes between two of these. */
  *#parcels(phase: readonly PlannedOperation[], batch: WriteBatch): Generator<Parcel> {
    let parcel: Parcel = { isBatched: true, operations: [] };
    for (let place = 0; place < phase.length; place += 1) {
      const operation = phase[place] as PlannedOperation;
      if (this.#isHeldBack(operation)) continue;
      const isBatched = isBatchable(operation);
      if (isBatched !== parcel.isBatched || parcel.operations.length === mostPerShipment) {
        if (parcel.operations.length > 0) yield parcel;
        parcel = { isBatched, operations: [] };
      }
      if (isBatched && !tryAddToBatch(batch, operation)) {
        // Alone it says what is wrong.
        if (parcel.operations.length > 0) yield parcel;
        parcel = { isBatched: false, operations: [] };
      }
      parcel.operations.push(operation);
    }
    if (parcel.operations.length > 0) yield parcel;
  }

  async #deliver({ isBatched, operations }: Parcel, batch: WriteBatch): Promise<void> {
    if (!isBatched) return this.#executeEach(operations);
    const { halted } = this;
    if (halted !== undefined) {
      batch.clear();
      for (const operation of operations) this.#settle(operation, skipped(halted));
      return;
    }
    const started = this.#now();
    const failures = await batch.send();
    const result = done(this.#now() - started);
    const reactions: Promise<void>[] = [];
    operations.forEach((operation, index) => {
      const error = failures?.get(index);
      if (error === undefined) {
        try {
          this.#settle(operation, result);
        } catch (thrown) {
          // By who is told of it; the others are settled all the same.
          reactions.push(Promise.reject(thrown));
        }
      } else {
        const settling = this.#react(operation, { started, error });
        this.#noteCreation(operation, settling);
        reactions.push(settling);
      }
    });
    for (const reaction of await Promise.allSettled(reactions)) {
      if (reaction.status === 'rejected') throw reaction.reason;
    }
  }

  get #endsWithFailure(): boolean {
    const { onError } = this.#options;
    return onError === 'stop' || onError === 'rollback';
  }

  /** Begins an operation; nothing is left to wait for where it is not carried out. */
  #start(operation: PlannedOperation): Promise<void> | undefined {
    if (this.#isHeldBack(operation)) return undefined;
    const settling = this.#carryOut(operation);
    this.#noteCreation(operation, settling);
    return settling;
  }

  /** Says of an operation that is skipped or has to wait that it is. */
  #isHeldBack(operation: PlannedOperation): boolean {
    const skipReason = this.#skipReason(operation);
    if (skipReason !== undefined) {
      this.#settle(operation, skipped(skipReason));
      return true;
    }
    if (!this.#waits(operation)) return false;
    this.pending.add(operation);
    this.#record(operation, { status: 'pending', attempts: 0, durationMs: 0 });
    return true;
  }

  /** A service is on its way. */
  #noteCreation({ id, op, service }: PlannedOperation, settling: Promise<void>): void {
    if (op !== 'add-service' || service === undefined) return;
    const isCreated = () => isDone(this.#results.get(id) as Result);
    this.#created.set(
      service,
      settling.then(isCreated, () => false),
    );
  }

  /** Nearly always that is one request that is not refused, which goes the short way. */
  #carryOut(operation: PlannedOperation): Promise<void> {
    const started = this.#now();
    const request = this.#operations.request(operation);
    if (request === undefined) {
      return this.#perform(operation).then((result) => this.#settle(operation, result));
    }
    return request.then(
      () => this.#settle(operation, done(this.#now() - started)),
      (error: unknown) => this.#react(operation, { started, error }),
    );
  }

  /** Settles an operation whose first request was refused. */
  async #react(operation: PlannedOperation, first: FirstRequest): Promise<void> {
    this.#settle(operation, await this.#perform(operation, first));
  }

  #waits(operation: PlannedOperation): boolean {
    if (operation.deferred !== undefined || this.#options.waits?.(operation)) return true;
    return operation.dependsOn.some(this.#isPending);
  }

  #skipReason(operation: PlannedOperation): SkipReason | undefined {
    if (this.halted !== undefined) return this.halted;
    const { phase, service } = operation;
    if (service !== undefined && subtractive.has(phase) && this.#failed.has(service)) {
      return 'gated';
    }
    return this.#lacksDependency(operation) ? 'dependency' : undefined;
  }

  #lacksDependency(operation: PlannedOperation): boolean {
    if (operation.op === 'bind-vip') return this.#lacksServices(operation);
    return operation.dependsOn.some(this.#isMissing);
  }

  /** An address is of use as soon as one of its services is there. */
  #lacksServices(operation: PlannedOperation): boolean {
    const isService = (id: string) => this.#results.operation(id)?.op === 'add-service';
    const services = operation.dependsOn.filter(isService);
    const others = operation.dependsOn.filter((id) => !isService(id));
    if (others.some(this.#isMissing)) return true;
    return (
      services.length > 0 && services.every(this.#isMissing) && !this.#options.isServed?.(operation)
    );
  }

  // Made once: they are asked of the dependencies of very many operations.
  readonly #isMissing = (id: string): boolean => isMissed(this.#results.get(id));
  readonly #isPending = (id: string): boolean => this.#results.get(id)?.status === 'pending';

  /** Makes the requests of an operation, and again where that can help; the first may have been made, and refused. */
  async #perform(operation: PlannedOperation, first?: FirstRequest): Promise<Result> {
    const { clock } = this.#options;
    const { op, service } = operation;
    const created =
      op === 'add-dest' && service !== undefined ? this.#created.get(service) : undefined;
    const started = first?.started ?? this.#now();
    const attempted = await attempt(clock, (number) => {
      const circumstances = { isRepeated: number > 1, created };
      if (number > 1 || first === undefined) {
        return this.#operations.perform(operation, circumstances);
      }
      const refusal = refusalOf(first.error);
      if (refusal === undefined) throw first.error;
      return this.#operations.react(operation, refusal, circumstances);
    });
    const { attempts, refusal } = attempted;
    const result =
      refusal === undefined
        ? { ...attempted.value, attempts }
        : this.failure(operation, refusal, attempts);
    return { ...result, durationMs: this.#now() - started };
  }

  /** The time at the beginning of this turn of the event loop, in which very many operations can begin and end. */
  #now(): number {
    if (this.#turn === undefined) {
      this.#turn = this.#options.clock.now();
      setImmediate(() => {
        this.#turn = undefined;
      });
    }
    return this.#turn;
  }

  #settle(operation: PlannedOperation, result: Result): void {
    const settled = this.#explained(operation, result);
    this.#record(operation, settled);
    if (settled.status === 'failed') {
      this.hasFailed = true;
      if (operation.service !== undefined) this.#failed.add(operation.service);
      if (this.#endsWithFailure) this.#isStopped = true;
    }
    this.#options.onOperation?.(nameResult(operation, settled));
  }

  /** A destination fails along with its service, which was on its way when the destination was sent after it. */
  #explained(operation: PlannedOperation, result: Result): Result {
    const isFollowing = operation.op === 'add-dest' && result.status === 'failed';
    if (!isFollowing || !this.#lacksDependency(operation)) return result;
    const { attempts, durationMs } = result;
    return { status: 'skipped', skipReason: 'dependency', attempts, durationMs };
  }

  #record(operation: PlannedOperation, result: Result): void {
    this.#results.set(operation, result);
    const { reason } = operation;
    if (reason === 'drain-start' || isRemoval(operation)) this.drainage.add(operation);
    if (reason === 'drain-cancel') this.cancellations.add(operation);
  }
}

/** Operations that begin together. */
interface Parcel {
  readonly isBatched: boolean;
  readonly operations: PlannedOperation[];
}

/** A request that was refused. */
interface FirstRequest {
  readonly started: number;
  readonly error: unknown;
}

function done(durationMs: number): Result {
  return { status: 'ok', attempts: 1, durationMs };
}

function skipped(skipReason: SkipReason): Result {
  return { status: 'skipped', skipReason, attempts: 0, durationMs: 0 };
}

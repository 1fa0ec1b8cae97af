import type { DrainResult, DrainStore, SkipReason } from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type { Clock } from '../../../types/clock.js';
import type { ObservedDestination } from '../../../types/destination.js';
import type { Deferred, DrainRecord, PlannedOperation } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import { openConnections } from '../diff/context.js';
import { attempt } from './attempts.js';
import { type DrainRecords, recordsAfter } from './drain-records.js';
import type { Refusal } from './failures.js';
import { inFlight } from './in-flight.js';
import { listDestinations } from './list-destinations.js';
import { groupByPhase, isRemoval } from './operation-groups.js';
import { isDone, type Result } from './operation-result.js';
import type { Run } from './run.js';

/** How often a removal is tried that fails. */
const patience = 5;

/** A destination, or a service with all of its destinations, that is to go when its connections are over. */
interface Waiting {
  readonly operation: PlannedOperation;
  readonly service: ServiceId;
  /** Absent where the wait was over when the plan was made. */
  readonly deferred: Deferred | undefined;
  readonly deadlineAt: number;
  failures: number;
  drifted: boolean;
}

/** What drains of one service, which is looked at together. */
interface Group {
  readonly service: ServiceId;
  readonly waiting: Set<Waiting>;
  lookAt: number;
}

/** What {@link Drains} works with. */
export interface DrainParts {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly store: DrainStore | undefined;
  /** The drains that had begun before. */
  readonly known: readonly DrainRecord[];
  /** Milliseconds from one look at a service to the next. */
  pollOf(service: ServiceId): number;
  /** Told how each stands whenever it was looked at. */
  readonly onDrain?: ((result: DrainResult) => void) | undefined;
}

/**
 * Watches what drains: takes a destination away, or a service, when its connections are over or its time is up, and then
 * does what waited for that.
 */
export class Drains {
  /** How each came out, or stands, by its operation. */
  readonly results = new Map<PlannedOperation, DrainResult>();
  readonly #run: Run;
  readonly #parts: DrainParts;
  readonly #groups = new Map<ServiceId, Group>();
  readonly #records: DrainRecords;

  /** Begins with what a run has left pending. */
  constructor(run: Run, parts: DrainParts) {
    this.#run = run;
    this.#parts = parts;
    this.#records = recordsAfter(run, parts.known, this.#now);
    for (const operation of run.pending) this.#await(operation);
  }

  /** Whether nothing drains any more. */
  get isOver(): boolean {
    return this.#groups.size === 0;
  }

  /** What drains, for the next plan and for a store. */
  get records(): DrainRecord[] {
    return this.#records.all;
  }

  /** Milliseconds until there is something to look at. */
  get nextLook(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { lookAt } of this.#groups.values()) next = Math.min(next, lookAt);
    return Math.max(0, next - this.#now);
  }

  /** Looks at everything that is due. */
  async check(): Promise<void> {
    const due = [...this.#groups.values()].filter(({ lookAt }) => lookAt <= this.#now);
    await inFlight(due, (group) => this.#look(group));
    await this.#resumeDependents();
    await this.#save();
  }

  /** Leaves what drains as it is: without new connections. */
  async abandon(reason: SkipReason): Promise<void> {
    for (const operation of [...this.#run.pending]) this.#run.skip(operation, reason);
    this.#groups.clear();
    await this.#save();
  }

  get #now(): number {
    return this.#parts.clock.now();
  }

  #await(operation: PlannedOperation): void {
    const { deferred, service, destination } = operation;
    if (service === undefined || !isRemoval(operation)) return;
    const record = destination === undefined ? undefined : this.#records.get(service, destination);
    const deadlineAt = record?.deadlineAt ?? this.#now + (deferred?.deadlineMs ?? 0);
    const waiting = { operation, service, deferred, deadlineAt, failures: 0, drifted: false };
    const group = this.#groups.get(service);
    if (group !== undefined) group.waiting.add(waiting);
    else this.#groups.set(service, { service, waiting: new Set([waiting]), lookAt: this.#now });
  }

  async #look(group: Group): Promise<void> {
    const { backend, clock } = this.#parts;
    const read = await attempt(clock, () => listDestinations(backend, group.service));
    const byId = new Map(
      read.refusal === undefined ? read.value?.map((each) => [each.id, each]) : [],
    );
    for (const waiting of [...group.waiting]) {
      const { destination } = waiting.operation;
      if (read.refusal !== undefined) {
        this.#refuse(waiting, read.refusal, read.attempts);
      } else if (destination === undefined) {
        await this.#check(waiting, read.value);
      } else {
        const present = byId.get(destination);
        await this.#check(waiting, present && [present]);
      }
    }
    this.#schedule(group);
  }

  /** The next look: after an interval, but not later than a deadline. */
  #schedule(group: Group): void {
    const now = this.#now;
    if (group.waiting.size === 0) this.#groups.delete(group.service);
    group.lookAt = now + this.#parts.pollOf(group.service);
    for (const { deadlineAt } of group.waiting) {
      if (deadlineAt > now) group.lookAt = Math.min(group.lookAt, deadlineAt);
    }
  }

  /** `left` are the destinations that are to go, absent where there is nothing any more. */
  async #check(waiting: Waiting, left: ObservedDestination[] | undefined): Promise<void> {
    if (left === undefined) return this.#end(waiting, 'gone', []);
    const raised = left.filter(({ weight }) => weight > 0);
    const isUnreached = await this.#takeWeights(waiting, raised);
    if (isUnreached) return;
    const outcome = this.#outcome(waiting, left, raised.length > 0);
    if (outcome !== undefined) return this.#end(waiting, outcome, left);
    this.#note(waiting, 'pending', left);
    const { service, deadlineAt } = waiting;
    for (const { id: destination } of left) {
      const startedAt = this.#now;
      this.#records.add({ service, destination, weightBefore: 0, startedAt, deadlineAt });
    }
  }

  /** How it is over; `undefined` when it is not. */
  #outcome(
    waiting: Waiting,
    left: readonly ObservedDestination[],
    hadWeight: boolean,
  ): 'drained' | 'expired' | undefined {
    const { deferred, deadlineAt } = waiting;
    const until = deferred?.until ?? 'idle';
    const isIdle = left.every((destination) => openConnections(destination, until) === 0);
    if (deferred === undefined) return isIdle || !this.#isOverdue(waiting) ? 'drained' : 'expired';
    if (this.#now >= deadlineAt) return isIdle ? 'drained' : 'expired';
    // Whoever had weight until now may have got connections since it was read.
    return isIdle && !hadWeight ? 'drained' : undefined;
  }

  /** Whether its records say that its time is up. */
  #isOverdue({ service, operation: { destination } }: Waiting): boolean {
    const records = this.#records.of(service);
    const own = records.filter((each) => (destination ?? each.destination) === each.destination);
    return own.length > 0 && own.every(({ deadlineAt }) => this.#now >= deadlineAt);
  }

  /**
   * Somebody gave destinations weight again: they still have to go, in the time they had. Answers whether that could not
   * be done.
   */
  async #takeWeights(waiting: Waiting, raised: readonly ObservedDestination[]): Promise<boolean> {
    const { service } = waiting;
    for (const { id } of raised) {
      const take = () => this.#parts.backend.updateDestination(service, id, { weight: 0 });
      const { refusal, attempts } = await attempt(this.#parts.clock, take);
      const isGone = refusal?.code === 'ENOENT' || refusal?.code === 'ESRCH';
      if (refusal !== undefined && !isGone) {
        this.#refuse(waiting, refusal, attempts);
        return true;
      }
      waiting.drifted = true;
    }
    return false;
  }

  async #end(
    waiting: Waiting,
    outcome: 'drained' | 'expired' | 'gone',
    left: readonly ObservedDestination[],
  ): Promise<void> {
    const { operation, service } = waiting;
    const result = await this.#run.attempt(operation);
    if (result.status === 'failed') return this.#fail(waiting, result, left);
    this.#conclude(waiting, result);
    this.#note(waiting, outcome, left);
    this.#records.drop(service, operation.destination);
  }

  /** What was to be looked at, or to lose its weight, could not be. */
  #refuse(waiting: Waiting, refusal: Refusal, attempts: number): void {
    this.#fail(waiting, this.#run.failure(waiting.operation, refusal, attempts), undefined);
  }

  /** What fails is tried again with the next look, and given up after some; its record stays. */
  #fail(waiting: Waiting, result: Result, left: readonly ObservedDestination[] | undefined): void {
    waiting.failures += 1;
    if (left !== undefined) this.#note(waiting, 'pending', left);
    if (waiting.failures >= patience || this.#run.ending !== undefined) {
      this.#conclude(waiting, result);
    }
  }

  #conclude(waiting: Waiting, result: Result): void {
    this.#groups.get(waiting.service)?.waiting.delete(waiting);
    this.#run.conclude(waiting.operation, waiting.drifted ? { ...result, drift: true } : result);
  }

  #note(
    { operation, service }: Waiting,
    outcome: DrainResult['outcome'],
    left: readonly ObservedDestination[],
  ): void {
    let [activeConnections, inactiveConnections] = [0, 0];
    for (const destination of left) {
      activeConnections += destination.activeConnections;
      inactiveConnections += destination.inactiveConnections;
    }
    const { destination } = operation;
    const target = destination === undefined ? { service } : { service, destination };
    const result = { ...target, outcome, activeConnections, inactiveConnections };
    this.results.set(operation, result);
    this.#parts.onDrain?.(result);
  }

  /** Does what waited for operations that are over now. */
  async #resumeDependents(): Promise<void> {
    for (const phase of groupByPhase([...this.#run.pending])) {
      await inFlight(phase, (operation) => this.#resume(operation));
    }
  }

  async #resume(operation: PlannedOperation): Promise<void> {
    if (isRemoval(operation)) return;
    const results = this.#run.dependencies(operation);
    if (results.some((result) => result?.status === 'pending')) return;
    const isReady = results.every((result) => result !== undefined && isDone(result));
    if (isReady) this.#run.conclude(operation, await this.#run.attempt(operation));
    else this.#run.skip(operation, 'dependency');
  }

  async #save(): Promise<void> {
    if (this.#records.takeChange()) await this.#parts.store?.save(this.records);
  }
}

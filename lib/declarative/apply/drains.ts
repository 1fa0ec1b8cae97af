import type { DrainResult, DrainStore } from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type { Clock } from '../../../types/clock.js';
import type { Destination, ObservedDestination } from '../../../types/destination.js';
import type { Deferred, DrainRecord, PlannedOperation } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import { refusalOf } from './failures.js';
import { inFlight } from './in-flight.js';
import type { Run } from './run.js';

/** How often a removal is tried that fails. */
const patience = 5;

interface Waiting {
  readonly operation: PlannedOperation;
  readonly deferred: Deferred;
  readonly service: ServiceId;
  readonly deadlineAt: number;
  failures: number;
}

/**
 * Watches what drains: takes a destination away, or a service, when its connections are over or its time is up, and then
 * does what waited for that.
 */
export class Drains {
  /** How each came out, or stands, by its operation. */
  readonly results = new Map<PlannedOperation, DrainResult>();
  readonly #backend: Backend;
  readonly #run: Run;
  readonly #clock: Clock;
  readonly #waiting = new Map<PlannedOperation, Waiting>();
  readonly #records = new Map<string, DrainRecord>();
  readonly #weightsBefore = new Map<string, number>();
  readonly #store: DrainStore | undefined;
  /** Whether the records are other than those in the store; at first they may be. */
  #changed = true;

  /** Begins with what is pending in a run; `known` are the drains that had begun before. */
  constructor(
    backend: Backend,
    run: Run,
    operations: readonly PlannedOperation[],
    known: readonly DrainRecord[],
    clock: Clock,
    store: DrainStore | undefined,
  ) {
    this.#backend = backend;
    this.#run = run;
    this.#clock = clock;
    this.#store = store;
    for (const { reason, service, destination, before } of operations) {
      if (reason !== 'drain-start') continue;
      const { weight } = before as Destination;
      this.#weightsBefore.set(`${service} -> ${destination}`, weight);
    }
    for (const operation of run.pending) this.#await(operation, clock.now());
    for (const record of known) {
      if (this.#isWaitedFor(record)) this.#records.set(keyOf(record), record);
    }
  }

  /** Whether nothing drains any more. */
  get isOver(): boolean {
    return this.#waiting.size === 0;
  }

  /** What drains, for the next plan and for a store. */
  get records(): DrainRecord[] {
    return [...this.#records.values()];
  }

  /** Looks at everything that drains, once. */
  async check(): Promise<void> {
    const byService = new Map<ServiceId, Waiting[]>();
    for (const waiting of this.#waiting.values()) {
      const group = byService.get(waiting.service);
      if (group === undefined) byService.set(waiting.service, [waiting]);
      else group.push(waiting);
    }
    await inFlight(byService, ([service, group]) => this.#checkService(service, group));
    await this.#resumeDependents();
    if (!this.#changed) return;
    this.#changed = false;
    await this.#store?.save(this.records);
  }

  /** Leaves what drains as it is: without new connections. */
  abandon(): void {
    for (const operation of [...this.#run.pending]) {
      this.#run.skip(operation, 'aborted');
    }
    this.#waiting.clear();
  }

  #await(operation: PlannedOperation, now: number): void {
    const { deferred, service, op } = operation;
    if (deferred === undefined || service === undefined || op === 'set-service') return;
    const deadlineAt = now + deferred.deadlineMs;
    this.#waiting.set(operation, { operation, deferred, service, deadlineAt, failures: 0 });
  }

  #isWaitedFor({ service, destination }: DrainRecord): boolean {
    for (const { operation } of this.#waiting.values()) {
      const { op } = operation;
      if (operation.service !== service) continue;
      if (op === 'del-service' || operation.destination === destination) return true;
    }
    return false;
  }

  async #checkService(service: ServiceId, group: readonly Waiting[]): Promise<void> {
    const destinations = await this.#destinationsOf(service);
    for (const waiting of group) {
      if (waiting.operation.op === 'del-service') await this.#check(waiting, destinations);
      else {
        const { destination } = waiting.operation;
        const own = destinations?.filter(({ id }) => id === destination);
        await this.#check(waiting, own?.length === 0 ? undefined : own);
      }
    }
  }

  /** `undefined` when the service is gone. */
  async #destinationsOf(service: ServiceId): Promise<ObservedDestination[] | undefined> {
    try {
      return await this.#backend.listDestinations(service);
    } catch (error) {
      if (refusalOf(error)?.code === 'ESRCH') return undefined;
      throw error;
    }
  }

  async #check(waiting: Waiting, left: ObservedDestination[] | undefined): Promise<void> {
    if (left === undefined) return this.#end(waiting, 'gone', []);
    await this.#takeWeights(waiting, left);
    const open = left.reduce((sum, destination) => sum + openOf(destination, waiting), 0);
    const isExpired = this.#clock.now() >= waiting.deadlineAt;
    if (open === 0) return this.#end(waiting, 'drained', left);
    if (isExpired) return this.#end(waiting, 'expired', left);
    this.#note(waiting, 'pending', left);
    for (const destination of left) this.#record(waiting, destination);
  }

  /** Writes a drain down that is seen for the first time. */
  #record({ service, deadlineAt }: Waiting, { id: destination }: ObservedDestination): void {
    const key = keyOf({ service, destination });
    if (this.#records.has(key)) return;
    const weightBefore = this.#weightsBefore.get(key) ?? 0;
    const startedAt = this.#clock.now();
    this.#records.set(key, { service, destination, weightBefore, startedAt, deadlineAt });
    this.#changed = true;
  }

  /** Somebody gave a destination weight again: it still has to go, in the time it had. */
  async #takeWeights({ service }: Waiting, left: readonly ObservedDestination[]): Promise<void> {
    for (const { id, weight } of left) {
      if (weight === 0) continue;
      this.#run.drifted = true;
      await this.#backend.updateDestination(service, id, { weight: 0 });
    }
  }

  async #end(
    waiting: Waiting,
    outcome: 'drained' | 'expired' | 'gone',
    left: readonly ObservedDestination[],
  ): Promise<void> {
    const { operation } = waiting;
    const result = await this.#run.attempt(operation);
    if (result.status === 'failed' && waiting.failures + 1 < patience) {
      waiting.failures += 1;
      this.#note(waiting, 'pending', left);
      return;
    }
    this.#run.conclude(operation, result);
    this.#waiting.delete(operation);
    if (result.status === 'failed') {
      this.#note(waiting, 'pending', left);
      return;
    }
    this.#note(waiting, outcome, left);
    for (const [key, record] of this.#records) {
      if (!this.#isWaitedFor(record)) this.#records.delete(key);
    }
    this.#changed = true;
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
    this.results.set(operation, { ...target, outcome, activeConnections, inactiveConnections });
  }

  /** Does what waited for an operation that is over now. */
  async #resumeDependents(): Promise<void> {
    for (const operation of [...this.#run.pending]) {
      if (this.#waiting.has(operation)) continue;
      const results = this.#run.dependencies(operation);
      if (results.some((result) => result?.status === 'pending')) continue;
      const isDone = results.every(
        (result) => result?.status === 'ok' || result?.status === 'noop',
      );
      if (isDone) this.#run.conclude(operation, await this.#run.attempt(operation));
      else this.#run.skip(operation, 'dependency');
    }
  }
}

function keyOf({ service, destination }: Pick<DrainRecord, 'service' | 'destination'>): string {
  return `${service} -> ${destination}`;
}

function openOf(destination: ObservedDestination, { deferred }: Waiting): number {
  const { activeConnections, inactiveConnections } = destination;
  return deferred.until === 'idle' ? activeConnections + inactiveConnections : activeConnections;
}

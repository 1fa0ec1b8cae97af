import type { Destination, DestinationId } from '../../../types/destination.js';
import type { DrainRecord, PlannedOperation } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import { isRemoval } from './operation-groups.js';
import { isDone } from './operation-result.js';
import type { Run } from './run.js';

/** The records of drains that are under way, by service and destination. */
export class DrainRecords {
  readonly #records = new Map<ServiceId, Map<DestinationId, DrainRecord>>();
  /** Whether they are other than those in the store; at first they may be. */
  #isChanged = true;

  /** Every record. */
  get all(): DrainRecord[] {
    return [...this.#records.values()].flatMap((records) => [...records.values()]);
  }

  /** The records of a service's destinations. */
  of(service: ServiceId): DrainRecord[] {
    return [...(this.#records.get(service)?.values() ?? [])];
  }

  get(service: ServiceId, destination: DestinationId): DrainRecord | undefined {
    return this.#records.get(service)?.get(destination);
  }

  /** Takes a record in; one that is there already stays as it is, because a drain begins once. */
  add(record: DrainRecord): void {
    let records = this.#records.get(record.service);
    if (records === undefined) {
      records = new Map();
      this.#records.set(record.service, records);
    }
    if (records.has(record.destination)) return;
    records.set(record.destination, record);
    this.#isChanged = true;
  }

  /** Drops the record of a destination, or those of all destinations of a service. */
  drop(service: ServiceId, destination?: DestinationId): void {
    if (destination === undefined) this.#records.delete(service);
    else this.#records.get(service)?.delete(destination);
    this.#isChanged = true;
  }

  /** Whether they have changed since this was asked last. */
  takeChange(): boolean {
    const isChanged = this.#isChanged;
    this.#isChanged = false;
    return isChanged;
  }
}

/** What a run has done about drains. */
type Ran = Pick<Run, 'results' | 'drainage'>;

/** The records after a run: of what has still to go the known ones, and those of what has just lost its weight. */
export function recordsAfter(run: Ran, known: readonly DrainRecord[], now: number): DrainRecords {
  const records = new DrainRecords();
  const removals = removalsLeft(run);
  for (const record of known) if (removals.of(record) !== undefined) records.add(record);
  for (const { id, reason, service, destination, before } of run.drainage) {
    if (reason !== 'drain-start' || service === undefined || destination === undefined) continue;
    const deferred = removals.of({ service, destination })?.deferred;
    if (deferred === undefined || run.results.get(id)?.status !== 'ok') continue;
    const { weight: weightBefore } = before as Destination;
    const deadlineAt = now + deferred.deadlineMs;
    records.add({ service, destination, weightBefore, startedAt: now, deadlineAt });
  }
  return records;
}

/** The removals that have not been done, by what they remove. */
function removalsLeft({ results, drainage }: Ran) {
  const services = new Map<ServiceId | undefined, PlannedOperation>();
  const destinations = new Map<string, PlannedOperation>();
  for (const operation of drainage) {
    if (!isRemoval(operation)) continue;
    const { id, service, destination } = operation;
    const result = results.get(id);
    if (result !== undefined && isDone(result)) continue;
    if (destination === undefined) services.set(service, operation);
    else destinations.set(`${service} -> ${destination}`, operation);
  }
  return {
    of: ({ service, destination }: Pick<DrainRecord, 'service' | 'destination'>) =>
      destinations.get(`${service} -> ${destination}`) ?? services.get(service),
  };
}

import type { Backend } from '../../../types/backend.js';
import type { ObservedDestination } from '../../../types/destination.js';
import type { DrainRecord } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import { inFlight } from '../apply/in-flight.js';
import { listDestinations } from '../apply/list-destinations.js';
import { openConnections } from '../diff/context.js';
import type { DrainingService } from './draining-services.js';

/** Looks at what drains, and at nothing else, to see whether there is something to do about it. */
export async function isDrainDue(
  backend: Backend,
  records: readonly DrainRecord[],
  now: number,
  serviceOf: (id: ServiceId) => DrainingService,
): Promise<boolean> {
  let isDue = false;
  await inFlight(groupByService(records), async ([id, own]) => {
    const service = serviceOf(id);
    // Once there is something to do, a cycle looks at everything.
    isDue ||= isTimeUp(own, service, now);
    if (!isDue) isDue = isOver(own, service, (await listDestinations(backend, id)) ?? []);
  });
  return isDue;
}

function groupByService(records: readonly DrainRecord[]): Map<ServiceId, DrainRecord[]> {
  const groups = new Map<ServiceId, DrainRecord[]>();
  for (const record of records) {
    const group = groups.get(record.service);
    if (group === undefined) groups.set(record.service, [record]);
    else group.push(record);
  }
  return groups;
}

/** A service that goes waits for the last of its destinations. */
function isTimeUp(
  records: readonly DrainRecord[],
  { isDeclared }: DrainingService,
  now: number,
): boolean {
  const isPast = ({ deadlineAt }: DrainRecord) => now >= deadlineAt;
  return isDeclared ? records.some(isPast) : records.every(isPast);
}

/** Whether connections are over, or somebody has changed something. */
function isOver(
  records: readonly DrainRecord[],
  { isDeclared, policy }: DrainingService,
  destinations: readonly ObservedDestination[],
): boolean {
  const isIdle = (each: ObservedDestination) => openConnections(each, policy.until) === 0;
  const hasWeight = ({ weight }: ObservedDestination) => weight > 0;
  if (!isDeclared) return destinations.some(hasWeight) || destinations.every(isIdle);
  const present = new Map<string, ObservedDestination>(destinations.map((each) => [each.id, each]));
  return records.some(({ destination }) => {
    const own = present.get(destination);
    return own === undefined || hasWeight(own) || isIdle(own);
  });
}

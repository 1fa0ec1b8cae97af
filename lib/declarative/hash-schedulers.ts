import type { Scheduler, SchedulerFlag, Service } from '../../types/service.js';
import {
  everySchedulerFlag,
  schedulerFlagBits,
  schedulerFlagsFromBits,
  schedulerFlagsToBits,
} from '../model/scheduler-flags.js';

/** Destinations that the table of `mh` has room for, as kernels are built by default. */
export const maglevTableSize = 4093;

const fallback = schedulerFlagBits['flag-1'];

/** Whether clients are hashed to destinations, and refused where theirs takes none. */
export function hashes(scheduler: Scheduler): boolean {
  return scheduler === 'sh' || scheduler === 'mh' || scheduler === 'dh';
}

/** Whether a scheduler that hashes can be told to go on to another destination, and is not. */
export function lacksFallback(service: Service): boolean {
  return canFallBack(service) && (schedulerFlagsToBits(service.schedulerFlags) & fallback) === 0;
}

/** Whether it has the fallback, and a scheduler that can do it. */
export function hasFallback(service: Service): boolean {
  return canFallBack(service) && !lacksFallback(service);
}

/** Whether clients are hashed otherwise under other settings; the fallback alone moves none. */
export function rehashes(before: Service, after: Service): boolean {
  if (!hashes(after.scheduler)) return false;
  const changed =
    schedulerFlagsToBits(before.schedulerFlags) ^ schedulerFlagsToBits(after.schedulerFlags);
  return before.scheduler !== after.scheduler || (changed & ~fallback) !== 0;
}

/** The flags of a service with the fallback among them. */
export function withFallback({ scheduler, schedulerFlags }: Service): readonly SchedulerFlag[] {
  const bits = schedulerFlagsToBits(schedulerFlags) & everySchedulerFlag;
  return schedulerFlagsFromBits(bits | fallback, scheduler);
}

function canFallBack({ scheduler }: Service): boolean {
  return scheduler === 'sh' || scheduler === 'mh';
}

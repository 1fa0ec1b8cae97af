import type { Forward } from '../../../types/destination.js';
import type { Scheduler } from '../../../types/service.js';
import { checkDestinationSettings } from '../../model/destination-settings.js';
import { isObject, type Mutable } from '../../model/fields.js';
import type { Report } from '../../model/report.js';
import { checkScheduler } from '../../model/scheduler.js';
import { readFields } from './read-fields.js';

/** What services and destinations have that do not say otherwise. */
export interface Defaults {
  readonly scheduler?: Scheduler;
  readonly forward?: Forward;
  readonly weight?: number;
  /** Whether one was written that could not be read. */
  readonly schedulerIsUnknown: boolean;
  readonly forwardIsUnknown: boolean;
}

/** Checks the section of that name, which may be absent. */
export function checkDefaults(
  input: unknown,
  allowNoScheduler: boolean,
  report: Report,
  path: string,
): Defaults {
  if (input === undefined) return { schedulerIsUnknown: false, forwardIsUnknown: false };
  if (!isObject(input)) {
    report.error('E_SCHEMA', path, input, 'an object of defaults');
    return { schedulerIsUnknown: true, forwardIsUnknown: true };
  }
  const fields = readFields(input, ['scheduler', 'forward', 'weight'], report, path);
  const scheduler =
    fields.scheduler === undefined
      ? undefined
      : checkScheduler(fields.scheduler, allowNoScheduler, report, path);
  const { forward, weight } = fields;
  const settings = checkDestinationSettings({ forward, weight }, report, path);

  const defaults: Mutable<Defaults> = {
    schedulerIsUnknown: fields.scheduler !== undefined && scheduler === undefined,
    forwardIsUnknown: forward !== undefined && settings.forward === undefined,
  };
  if (scheduler !== undefined) defaults.scheduler = scheduler;
  if (settings.forward !== undefined) defaults.forward = settings.forward;
  if (settings.weight !== undefined) defaults.weight = settings.weight;
  return defaults;
}

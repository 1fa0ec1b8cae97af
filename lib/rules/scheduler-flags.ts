import type { SchedulerFlag } from '../../types/service.js';
import { defaultScheduler } from '../model/scheduler.js';
import { CommandLineError } from './command-line-error.js';
import type { Place } from './options.js';

/** Schedulers that flags belong to; those of none go with every one. */
const owners: ReadonlyMap<string, string | undefined> = new Map<SchedulerFlag, string | undefined>([
  ['flag-1', undefined],
  ['flag-2', undefined],
  ['flag-3', undefined],
  ['sh-fallback', 'sh'],
  ['sh-port', 'sh'],
  ['mh-fallback', 'mh'],
  ['mh-port', 'mh'],
]);

/** Reads flags with commas between them, for a service with that scheduler; empty for the default. */
export function readSchedulerFlags(
  { text, place }: { readonly text: string; readonly place: Place },
  scheduler: string,
): SchedulerFlag[] {
  const flags = text.split(',').filter((flag) => flag !== '');
  for (const flag of flags) {
    if (!owners.has(flag)) {
      const expected = [...owners.keys()].join(', ');
      throw new CommandLineError(`invalid scheduler flag \`${flag}'`, expected, place);
    }
    const owner = owners.get(flag);
    if (owner !== undefined && owner !== scheduler) {
      const message = `incompatible scheduler flag \`${flag}'`;
      throw new CommandLineError(
        message,
        `a flag of the scheduler ${scheduler || defaultScheduler}`,
        place,
      );
    }
  }
  return flags as SchedulerFlag[];
}

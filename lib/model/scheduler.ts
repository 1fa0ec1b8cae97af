import type { Scheduler } from '../../types/service.js';
import type { Report } from './report.js';

/** The scheduler of a service that names none. */
export const defaultScheduler = 'wlc' satisfies Scheduler;

/** What the kernel calls having no scheduler: every new connection is refused. */
export const noScheduler = 'none' satisfies Scheduler;

/** What the names of schedulers and persistence engines look like. */
export const moduleNamePattern = /^[a-z0-9_-]{1,15}$/;

/** Whether a value can name a scheduler or a persistence engine: 1 to 15 of `a-z 0-9 _ -`. */
export function isModuleName(value: unknown): value is string {
  return typeof value === 'string' && moduleNamePattern.test(value);
}

/** The words of an error message for {@link isModuleName}. */
export const moduleNameExpected = 'a name of 1 to 15 characters from a-z, 0-9, _ and -';

/** Checks the field `scheduler` of what stands at `path`. */
export function checkScheduler(
  value: unknown,
  allowNone: boolean,
  report: Report,
  path: string,
): Scheduler | undefined {
  const isName = isModuleName(value);
  if (isName && (value !== noScheduler || allowNone)) return value;
  const expected = isName ? 'a scheduler: none refuses every new connection' : moduleNameExpected;
  return report.error('E_SCHEDULER_NAME', `${path}/scheduler`, value, expected);
}

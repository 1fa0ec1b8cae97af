import { constants } from 'node:os';
import type { Subject } from './call.js';
import { IpvsError } from './errors.js';
import type { Session } from './session.js';

// The kernel gives one errno for a scheduler and for an engine that are not available. Where both were asked for, the
// error is put more precisely: the scheduler alone is tried, in a request that the kernel refuses in any case.

/** The scheduler to try, where it is left open which of the two is missing. */
export function schedulerToTry({ scheduler, engine }: Subject, error: unknown): string | undefined {
  const both = scheduler !== undefined && engine !== undefined && engine !== '';
  return both && error instanceof IpvsError && error.code === 'ENOENT' ? scheduler : undefined;
}

/** The error of a call, with what is missing where the outcome of the trial tells. */
export function withMissingNamed(
  error: unknown,
  subject: Subject,
  outcome: unknown,
  session: Pick<Session, 'error'>,
): unknown {
  const missing = missingOf(outcome);
  if (missing === undefined) return error;
  const failure = { errno: constants.errno.ENOENT, source: 'kernel' } as const;
  return session.error({ ...subject, missing }, failure);
}

function missingOf(outcome: unknown): 'scheduler' | 'engine' | undefined {
  if (!(outcome instanceof IpvsError)) return undefined;
  // The kernel looks for the scheduler before it sees what else is wrong.
  if (outcome.code === 'EINVAL') return 'engine';
  return outcome.code === 'ENOENT' ? 'scheduler' : undefined;
}

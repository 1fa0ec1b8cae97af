import { constants } from 'node:os';
import type { Subject } from './call.js';
import type { Failure } from './errors.js';
import { MalformedText } from './proc/malformed-text.js';
import type { Session } from './session.js';

/** What is needed of a session. */
export type TextSession = Pick<Session, 'files' | 'error'>;

/** The file in `/proc/net` that IPVS has had in every kernel. */
export const commonFile = 'ip_vs_stats';

/** There is no such file. */
export function isAbsent(failure: Failure): boolean {
  return failure.source === 'file' && failure.errno === constants.errno.ENOENT;
}

/** Whether no file of IPVS is there: it is not loaded, or there is no `/proc`. */
export async function isIpvsAbsent(session: TextSession, subject: Subject): Promise<boolean> {
  const answer = await session.files.read(subject, 'net', commonFile, undefined);
  return typeof answer !== 'string' && isAbsent(answer);
}

/** What a text of the kernel's says; one that cannot be read is an error of the call. */
export function parseText<Value>(
  session: TextSession,
  subject: Subject,
  text: string,
  parse: (text: string) => Value,
): Value {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof MalformedText)) throw error;
    const message = `${subject.file}: ${error.message}`;
    const { EBADMSG } = constants.errno;
    throw session.error(subject, { errno: EBADMSG, source: 'malformed', message });
  }
}

import type { CompleteDrainPolicy, DrainPolicy } from '../../../types/document.js';
import { isObject, type Mutable } from '../../model/fields.js';
import type { Report } from '../../model/report.js';
import { parseDuration } from './duration.js';
import { describeWords, isOneOf, readFields } from './read-fields.js';

/** What the words of a policy are chosen from. */
export const drainWords: { readonly [Name in WordName]: readonly CompleteDrainPolicy[Name][] } = {
  mode: ['wait', 'immediate'],
  until: ['idle', 'no-active'],
  udp: ['immediate', 'wait'],
  hash: ['fallback', 'refuse', 'immediate'],
};

/** How long the times of a policy may be, in milliseconds. */
export const drainTimes = {
  deadline: { lowest: 0, highest: 2_678_400_000, inWords: '0 to 31 days' },
  poll: { lowest: 10, highest: 86_400_000, inWords: '10 milliseconds to 24 hours' },
} as const satisfies Record<TimeName, object>;

/** What a policy has that no one says otherwise of. */
export const defaultDrainPolicy: CompleteDrainPolicy = Object.freeze({
  mode: 'wait',
  until: 'idle',
  deadline: 300_000,
  poll: 1000,
  udp: 'immediate',
  hash: 'fallback',
});

type WordName = 'mode' | 'until' | 'udp' | 'hash';
type TimeName = 'deadline' | 'poll';

/** A policy as {@link checkDrainPolicy} answers it: times in milliseconds. */
export type CheckedDrainPolicy = Partial<CompleteDrainPolicy>;

const fieldNames = ['mode', 'until', 'deadline', 'poll', 'udp', 'hash'] as const;

/**
 * Checks the drain policy at `path`. What it does not name is absent from the answer, times are whole milliseconds.
 * `undefined` after any error.
 */
export function checkDrainPolicy(
  input: unknown,
  report: Report,
  path: string,
): CheckedDrainPolicy | undefined {
  if (!isObject(input)) return report.error('E_DRAIN', path, input, 'an object of drain settings');
  const errorsBefore = report.errorCount;
  const fields = readFields(input, fieldNames, report, path);
  const policy: Mutable<CheckedDrainPolicy> = {};
  for (const name of fieldNames) {
    const value = fields[name];
    if (value === undefined) continue;
    if (name === 'deadline' || name === 'poll') {
      const time = checkTime(value, name, report, path);
      if (time !== undefined) policy[name] = time;
    } else {
      setWord(policy, name, value, report, path);
    }
  }
  return report.errorCount === errorsBefore ? policy : undefined;
}

/** The policy in which each setting is that of the first policy that names it, or the default. */
export function completeDrainPolicy(
  ...policies: readonly (DrainPolicy | undefined)[]
): CompleteDrainPolicy {
  const complete: Mutable<CompleteDrainPolicy> = { ...defaultDrainPolicy };
  for (const policy of policies.toReversed()) {
    if (policy === undefined) continue;
    const { mode, until, deadline, poll, udp, hash } = policy;
    if (mode !== undefined) complete.mode = mode;
    if (until !== undefined) complete.until = until;
    if (deadline !== undefined) complete.deadline = milliseconds(deadline);
    if (poll !== undefined) complete.poll = milliseconds(poll);
    if (udp !== undefined) complete.udp = udp;
    if (hash !== undefined) complete.hash = hash;
  }
  if (complete.deadline === 0) complete.mode = 'immediate';
  return complete;
}

function checkTime(
  value: unknown,
  name: TimeName,
  report: Report,
  path: string,
): number | undefined {
  const { lowest, highest, inWords } = drainTimes[name];
  const time = parseDuration(value);
  if (time !== undefined && time >= lowest && time <= highest) return time;
  const expected = `${inWords}, as whole milliseconds or a text such as 500ms, 300s, 5m or 1h`;
  return report.error('E_DRAIN', `${path}/${name}`, value, expected);
}

function setWord<Name extends WordName>(
  policy: { [Field in Name]?: CompleteDrainPolicy[Field] },
  name: Name,
  value: unknown,
  report: Report,
  path: string,
): void {
  const words: readonly CompleteDrainPolicy[Name][] = drainWords[name];
  if (isOneOf(value, words)) policy[name] = value;
  else report.error('E_DRAIN', `${path}/${name}`, value, describeWords(words));
}

function milliseconds(duration: number | string): number {
  const time = parseDuration(duration);
  if (time === undefined) throw new TypeError('a drain policy that was not checked');
  return time;
}

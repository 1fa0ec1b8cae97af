import type { IgnoredField } from '../../../types/document.js';
import type { Mutable } from '../../model/fields.js';
import type { DocumentContext } from './context.js';
import { type CheckedDrainPolicy, checkDrainPolicy } from './drain-policy.js';
import { describeWords, isOneOf, ownField } from './read-fields.js';

/** What an entry has that is no setting of the service; absent where it was not written, or has no effect. */
export interface EntryFields {
  readonly name?: string;
  readonly drain?: CheckedDrainPolicy;
  readonly ignore?: readonly IgnoredField[];
}

/** Whether the service should be there. */
export const presences = ['present', 'absent'] as const;

/** The fields whose actual value can be left as it is. */
export const ignoredFields = ['weight'] as const satisfies readonly IgnoredField[];

/** Characters of the longest name. */
export const longestName = 255;

/** How many fields may be ignored, repetitions counted. */
export const mostIgnored = 8;

/** Checks `ensure`; what cannot be read counts as `present`. */
export function checkEnsure(
  input: object,
  { report }: DocumentContext,
  path: string,
): (typeof presences)[number] {
  const ensure = ownField(input, 'ensure');
  if (isOneOf(ensure, presences)) return ensure;
  if (ensure !== undefined) {
    report.error('E_SCHEMA', `${path}/ensure`, ensure, describeWords(presences));
  }
  return 'present';
}

/** Checks `name`, `drain` and `ignore`, each of which may be absent. */
export function checkEntryFields(
  input: object,
  context: DocumentContext,
  path: string,
): EntryFields {
  const fields: Mutable<EntryFields> = {};
  const name = checkName(ownField(input, 'name'), context, `${path}/name`);
  if (name !== undefined) fields.name = name;
  const drain = ownField(input, 'drain');
  if (drain !== undefined) {
    const policy = checkDrainPolicy(drain, context.report, `${path}/drain`);
    if (policy !== undefined) fields.drain = policy;
  }
  const ignore = checkIgnore(ownField(input, 'ignore'), context, `${path}/ignore`);
  if (ignore !== undefined && ignore.length > 0) fields.ignore = ignore;
  return fields;
}

function checkName(
  value: unknown,
  { report, names }: DocumentContext,
  path: string,
): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '' || value.length > longestName) {
    return report.error('E_SCHEMA', path, value, `a name of 1 to ${longestName} characters`);
  }
  const first = names.claim(value, path);
  if (first === undefined) return value;
  const message = `${first} and ${path} are the same, and a name is for one service`;
  return report.refuse('E_DUPLICATE_SERVICE', path, value, message);
}

function checkIgnore(
  value: unknown,
  { report }: DocumentContext,
  path: string,
): readonly IgnoredField[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > mostIgnored) {
    const expected = `an array of at most ${mostIgnored} fields to ignore`;
    return report.error('E_SCHEMA', path, value, expected);
  }
  const ignored = new Set<IgnoredField>();
  for (const [index, field] of value.entries()) {
    if (isOneOf(field, ignoredFields)) ignored.add(field);
    else report.error('E_SCHEMA', `${path}/${index}`, field, describeWords(ignoredFields));
  }
  return [...ignored].sort();
}

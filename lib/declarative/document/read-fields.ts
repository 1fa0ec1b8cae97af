import { reportUnknownField } from '../../model/fields.js';
import type { Report } from '../../model/report.js';

/** Fields as they were written: own enumerable ones. */
export type Fields<Name extends string> = { [Field in Name]?: unknown };

/** Takes an object apart; reports every field that is not among the names. */
export function readFields<Name extends string>(
  input: object,
  names: readonly Name[],
  report: Report,
  path: string,
): Fields<Name> {
  const fields: Fields<Name> = {};
  for (const [name, value] of Object.entries(input)) {
    if (isOneOf(name, names)) fields[name] = value;
    else reportUnknownField(report, path, input, name);
  }
  return fields;
}

/** The value of a field that the object has itself. */
export function ownField(input: object, name: string): unknown {
  return Object.hasOwn(input, name) ? input[name as keyof typeof input] : undefined;
}

/** Whether a value is one of those texts. */
export function isOneOf<Word extends string>(
  value: unknown,
  words: readonly Word[],
): value is Word {
  return (words as readonly unknown[]).includes(value);
}

/** The words of an error message for {@link isOneOf}. */
export function describeWords(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

import { pointerStep } from './pointer.js';
import type { Report } from './report.js';

/** A type while a value of it is put together. */
export type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/** Whether a value is an object with named fields. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reports a field that has no meaning where it stands, unless its value is `undefined`, which counts as absent. */
export function reportUnknownField(
  report: Report,
  path: string,
  input: object,
  name: string,
): void {
  const value: unknown = input[name as keyof typeof input];
  if (value === undefined) return;
  report.error('E_SCHEMA', path + pointerStep(name), value, 'no field of this name');
}

/** Reports every part of an identity among changes, which cannot change it. */
export function refuseIdentity<Field extends string>(
  fields: { readonly [Name in Field]?: unknown },
  names: readonly Field[],
  report: Report,
  path: string,
): void {
  const expected = 'no part of the identity, which cannot change';
  for (const name of names) {
    const value = fields[name];
    if (value !== undefined) report.error('E_IDENTITY', `${path}/${name}`, value, expected);
  }
}

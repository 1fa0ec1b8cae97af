import { pointerStep } from './pointer.js';
/** Whether a value is an object with named fields. */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
/** Reports a field that has no meaning where it stands, unless its value is `undefined`, which counts as absent. */
export function reportUnknownField(report, path, input, name) {
  const value = input[name];
  if (value === undefined) return;
  report.error('E_SCHEMA', path + pointerStep(name), value, 'no field of this name');
}
/** Reports every part of an identity among changes, which cannot change it. */
export function refuseIdentity(fields, names, report, path) {
  const expected = 'no part of the identity, which cannot change';
  for (const name of names) {
    const value = fields[name];
    if (value !== undefined) report.error('E_IDENTITY', `${path}/${name}`, value, expected);
  }
}

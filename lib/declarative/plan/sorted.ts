/** A copy of plain data whose objects have their keys in order, so that equal data gives equal text. */
export function sortKeys<Value>(value: Value): Value {
  return sorted(value) as Value;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([first], [second]) => (first < second ? -1 : 1));
  // Also a field that is named __proto__ becomes one of the copy's own.
  return Object.fromEntries(fields.map(([name, field]) => [name, sorted(field)]));
}

/** A copy of plain data whose objects have their keys in order, so that equal data gives equal text. */
export function sortKeys<Value>(value: Value): Value {
  return sorted(value) as Value;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value).sort()) {
    const field: unknown = value[name as keyof typeof value];
    if (field !== undefined) copy[name] = sorted(field);
  }
  return copy;
}

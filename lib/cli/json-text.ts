/**
 * What a text of JSON says; nothing where it is no JSON, or names something twice, which `JSON.parse` does not tell. Many
 * times as fast as reading it as YAML.
 */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return countNames(text) === countFields(value) ? { value } : undefined;
  } catch {
    return undefined;
  }
}

/** Texts that a colon follows. */
function countNames(text: string): number {
  let count = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]+|\\.)*"\s*(:)?/g)) if (colon) count += 1;
  return count;
}

function countFields(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value).reduce((sum: number, each) => sum + countFields(each), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}

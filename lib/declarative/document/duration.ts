/** Milliseconds of each unit. */
const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** What a duration looks like as text. */
export const durationPattern = /^(0|[1-9]\d{0,14})(ms|s|m|h)$/;

/**
 * Reads a time as whole milliseconds: a number of them, or a text of a whole number and a unit (`500ms`, `300s`, `5m`,
 * `1h`). `undefined` for everything else.
 */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? value + 0 : undefined;
  const match = typeof value === 'string' ? durationPattern.exec(value) : null;
  if (match === null) return undefined;
  const [, number, unit] = match;
  return Number(number) * units[unit as keyof typeof units];
}

import type { Context } from './context.js';

/** Text of a value as JSON. A counter is a number however large it is: JSON has no limit, though some readers do. */
export function formatJson(value: unknown, indent = 2): string {
  const mark = '\u0001';
  const text = JSON.stringify(
    value,
    (_, each) => (typeof each === 'bigint' ? `${mark}${each}${mark}` : each),
    indent,
  );
  return text.replaceAll(/"\\u0001(-?\d+)\\u0001"/g, '$1');
}

/** Prints a value as JSON. */
export function printJson(context: Context, value: unknown): void {
  context.stdout.write(`${formatJson(value)}\n`);
}

import type { Report } from './report.js';

/** Bytes that the name of a network device may have, in UTF-8. */
export const longestDeviceName = 15;

/** Bytes that it may not contain: white space, `/` and `:`, and `%`, which stands for a number of the kernel's choice. */
const forbidden: ReadonlySet<number> = new Set([0, 9, 10, 11, 12, 13, 32, 37, 47, 58, 0xa0]);

const nameExpected =
  'the name of a network device: 1 to 15 bytes without white space, "/", ":" and "%", and not "." or ".."';

const encoder = new TextEncoder();

/** Checks the name of a network device by the kernel's own rule. `undefined` after an error. */
export function checkDeviceName(value: unknown, report: Report, path: string): string | undefined {
  return isDeviceName(value) ? value : report.error('E_VIP', path, value, nameExpected);
}

function isDeviceName(value: unknown): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > longestDeviceName) {
    return false;
  }
  // Half of a character has no bytes of its own.
  if (value === '.' || value === '..' || /\p{Surrogate}/u.test(value)) return false;
  const bytes = encoder.encode(value);
  return bytes.length <= longestDeviceName && !bytes.some((byte) => forbidden.has(byte));
}

import type { Timeouts } from '../../types/config.js';
import { isObject, type Mutable, reportUnknownField } from './fields.js';
import type { Report } from './report.js';
import { checkNumber, type NumberField } from './whole-number.js';

/** Seconds that the kernel with the largest range (HZ=100) can hold; one with HZ=1000 takes up to 2147483. */
const longest = 21_474_836;

/** The timeouts, in seconds. */
export const timeoutFields: Readonly<Record<keyof Timeouts, NumberField>> = {
  tcp: { at: 'tcp', lowest: 1, highest: longest, code: 'E_TIMEOUT' },
  tcpFin: { at: 'tcpFin', lowest: 1, highest: longest, code: 'E_TIMEOUT' },
  udp: { at: 'udp', lowest: 1, highest: longest, code: 'E_TIMEOUT' },
};

const someExpected = 'at least one of tcp, tcpFin and udp';

/**
 * Checks timeouts to set: whole seconds from 1 to 21474836, at least one of the three. What is not named is absent
 * from the answer. `undefined` after any error.
 */
export function checkTimeouts(
  input: unknown,
  report: Report,
  path: string,
): Partial<Timeouts> | undefined {
  if (!isObject(input)) return report.error('E_SCHEMA', path, input, 'an object of timeouts');
  const errorsBefore = report.errorCount;
  const timeouts: Mutable<Partial<Timeouts>> = {};
  let named = 0;
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    named += 1;
    if (name !== 'tcp' && name !== 'tcpFin' && name !== 'udp') {
      reportUnknownField(report, path, input, name);
      continue;
    }
    const seconds = checkNumber(value, timeoutFields[name], report, path);
    if (seconds !== undefined) timeouts[name] = seconds;
  }
  if (named === 0) return report.error('E_TIMEOUT', path, input, someExpected);
  return report.errorCount === errorsBefore ? timeouts : undefined;
}

import type { Timeouts } from '../../types/config.js';
import { isObject, type Mutable, reportUnknownField } from './fields.js';
import type { Report } from './report.js';
import { checkWholeNumber } from './whole-number.js';

/** Seconds that the kernel with the largest range (HZ=100) can hold; one with HZ=1000 takes up to 2147483. */
export const longestTimeout = 21_474_836;

/**
 * Checks timeouts to set: whole seconds from 1 to {@link longestTimeout}, at least one of the three. What is not named is
 * absent from the answer; `undefined` when anything was reported.
 */
export function checkTimeouts(input: unknown, report: Report, path: string): Partial<Timeouts> | undefined {
  if (!isObject(input)) {
    return report.error('E_SCHEMA', path, input, 'an object with tcp, tcpFin or udp');
  }
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
    const seconds = checkWholeNumber(value, 1, longestTimeout, 'E_TIMEOUT', report, path, name);
    if (seconds !== undefined) timeouts[name] = seconds;
  }
  if (named === 0) return report.error('E_TIMEOUT', path, input, 'at least one of tcp, tcpFin and udp');
  return report.errorCount === errorsBefore ? timeouts : undefined;
}

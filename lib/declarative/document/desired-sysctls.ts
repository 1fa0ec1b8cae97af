import { isObject } from '../../model/fields.js';
import { pointerStep } from '../../model/pointer.js';
import type { Report } from '../../model/report.js';
import { checkSysctl, isSysctlName, readSysctl, sysctlNameExpected } from '../../model/sysctls.js';

/** The names and the values as they read back, by name. */
export type DesiredSysctls = Readonly<Record<string, number | string>>;

/**
 * Checks the section `sysctls`: each value by what is known of its sysctl; whether the kernel has the sysctl is another
 * question. `undefined` after any error.
 */
export function checkSysctls(
  input: unknown,
  report: Report,
  path: string,
): DesiredSysctls | undefined {
  if (!isObject(input)) return report.error('E_SCHEMA', path, input, 'an object of sysctls');
  const errorsBefore = report.errorCount;
  const sysctls: [name: string, value: number | string][] = [];
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    if (!isSysctlName(name)) {
      const expected = `no field but ${sysctlNameExpected}`;
      report.error('E_SYSCTL', path + pointerStep(name), value, expected);
      continue;
    }
    const text = checkSysctl(name, value, report, path);
    if (text !== undefined) sysctls.push([name, readSysctl(name, text)]);
  }
  if (report.errorCount !== errorsBefore) return undefined;
  return Object.fromEntries(sysctls.sort(([first], [second]) => (first < second ? -1 : 1)));
}

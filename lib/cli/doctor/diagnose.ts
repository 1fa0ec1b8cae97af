import type { Check, Severity, Trouble } from './check.js';
import { checks as allChecks } from './checks.js';
import type { Examination } from './facts.js';

/** Something that is wrong. */
export interface Finding extends Trouble {
  readonly code: string;
  readonly severity: Severity;
  readonly why: string;
}

/** A check that could not be made, and why. */
export interface Omission {
  readonly code: string;
  readonly reason: string;
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** The checks that were made. */
  readonly checked: readonly string[];
  readonly omitted: readonly Omission[];
}

const order: readonly Severity[] = ['error', 'warning', 'note'];

/** Makes every check that the facts allow. The worst comes first. */
export function diagnose(
  { facts, unknown }: Examination,
  checks: readonly Check[] = allChecks,
): Diagnosis {
  const findings: Finding[] = [];
  const checked: string[] = [];
  const omitted: Omission[] = [];
  for (const check of checks) {
    const { code, severity, why } = check;
    const missing = check.needs.find((name) => facts[name] === undefined);
    if (missing === undefined) {
      checked.push(code);
      for (const trouble of check.find(facts)) findings.push({ code, severity, why, ...trouble });
    } else {
      omitted.push({ code, reason: unknown.get(missing) ?? 'not looked at' });
    }
  }
  findings.sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
  return { findings, checked, omitted };
}

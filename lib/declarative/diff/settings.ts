import type { Timeouts } from '../../../types/config.js';
import type { FieldChange } from '../../../types/plan.js';
import { sysctlRule } from '../../model/sysctls.js';
import type { DiffContext } from './context.js';

/** Plans the sysctls and the timeouts that the document names; the others are left alone. */
export function changeSettings(context: DiffContext): void {
  const { sysctls, timeouts } = context.desired;
  if (sysctls !== undefined) changeSysctls(context, sysctls);
  if (timeouts !== undefined) changeTimeouts(context, timeouts);
}

function changeSysctls(
  context: DiffContext,
  wanted: Readonly<Record<string, number | string>>,
): void {
  const actual = context.actual.sysctls;
  const names = Object.keys(wanted).sort();
  if (names.length === 0) return;
  if (actual === undefined) {
    context.lacks('the sysctls', 'sysctls');
    return;
  }
  for (const name of names) {
    const after = wanted[name] as number | string;
    if (!Object.hasOwn(actual, name)) {
      const reason = sysctlRule(name)?.absent ?? 'it is not known';
      const message = `this kernel has no net.ipv4.vs.${name}: ${reason}`;
      context.fail('E_SYSCTL', name, message, `/sysctls/${name}`);
      continue;
    }
    const before = actual[name] as number | string;
    if (sameSetting(name, before, after)) continue;
    const fields: FieldChange[] = [{ path: name, before, after }];
    context.drafts.add({
      phase: 'settings',
      op: 'set-sysctl',
      address: name,
      before: { name, value: before },
      after: { name, value: after },
      fields,
      reason: 'setting',
      impact: ['existing-flows'],
    });
    const address = `sysctl ${name}`;
    context.tally.changes.push({ kind: 'setting', change: 'change', address, fields });
  }
}

function changeTimeouts(context: DiffContext, wanted: Partial<Timeouts>): void {
  const actual = context.actual.timeouts;
  if (actual === undefined) {
    context.lacks('the timeouts', 'timeouts');
    return;
  }
  const fields: FieldChange[] = [];
  for (const path of ['tcp', 'tcpFin', 'udp'] as const) {
    const after = wanted[path];
    if (after !== undefined && after !== actual[path]) {
      fields.push({ path, before: actual[path], after });
    }
  }
  if (fields.length === 0) return;
  context.drafts.add({
    phase: 'settings',
    op: 'set-timeouts',
    address: 'timeouts',
    before: actual,
    after: { ...actual, ...wanted },
    fields,
    reason: 'setting',
    impact: ['existing-flows'],
  });
  context.tally.changes.push({ kind: 'setting', change: 'change', address: 'timeouts', fields });
}

/** Set to 1, to defend when memory is short, these read as 2 while it is, and the other way round. */
const defences = new Set(['drop_entry', 'drop_packet', 'secure_tcp']);

/** Whether a sysctl has the value, in whichever spelling. */
export function sameSetting(
  name: string,
  first: number | string,
  second: number | string,
): boolean {
  if (spell(first) === spell(second)) return true;
  return defences.has(name) && isAutomatic(first) && isAutomatic(second);
}

function spell(value: number | string): string {
  return String(value).trim().split(/\s+/).join(' ');
}

function isAutomatic(value: number | string): boolean {
  return spell(value) === '1' || spell(value) === '2';
}

import type { DrainResult, OperationResult } from '../../../types/apply.js';
import type { Diagnostic, Plan, PlannedOperation } from '../../../types/plan.js';
import type { Cycle } from '../../../types/reconciler.js';
import type { Reconciler } from '../../declarative/loop/reconciler.js';
import { formatPlan } from '../../declarative/plan/format-plan.js';
import { describeOutcome, nameDrain } from './drain-counts.js';
import type { EventLog } from './event-log.js';
import { describeResult } from './report-text.js';

/** Operations that one line names. */
const mostNamed = 5;

/** What of a reconciler's events is written down. */
export interface LogChoice {
  readonly withCycles: boolean;
  /** Whether a warning was told when the document was read. */
  isTold(warning: Pick<Diagnostic, 'code' | 'message'>): boolean;
}

/** Writes down what a reconciler says. */
export function logReconciler(
  log: EventLog,
  reconciler: Reconciler,
  { withCycles, isTold }: LogChoice,
): void {
  reconciler.on('plan', (plan) => {
    logDiagnostics(
      log,
      plan.diagnostics.filter((diagnostic) => !isTold(diagnostic)),
    );
    logPlan(log, plan);
  });
  reconciler.on('drift', (_plan, operations) => logDrift(log, operations));
  reconciler.on('operation', (result) => logOperation(log, result));
  reconciler.on('drain', (result) => logDrain(log, result));
  reconciler.on('converged', ({ pending }) => {
    const rest = pending === 0 ? '' : `, but for ${count(pending, 'operation')} waiting for drains`;
    log.write({ event: 'converged', text: `all is as it should be${rest}`, fields: { pending } });
  });
  reconciler.on('flapping', (service, delay) => {
    const text = `${service}: somebody keeps changing it back; left alone for ${delay / 1000} s`;
    log.write({ event: 'flapping', text, fields: { service, delay }, isProblem: true });
  });
  reconciler.on('error', (error) => logError(log, error));
  if (withCycles) reconciler.on('cycle', (cycle) => logCycle(log, cycle));
}

/** Writes down that something went wrong. */
export function logError(log: EventLog, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  log.write({ event: 'error', text, fields: code === undefined ? {} : { code }, isProblem: true });
}

function logDiagnostics(log: EventLog, diagnostics: readonly Diagnostic[]): void {
  for (const { severity, code, message, address } of diagnostics) {
    const text = `${code}${address === undefined ? '' : ` ${address}`}: ${message}`;
    log.write({ event: severity, text, fields: { code, address }, isProblem: true });
  }
}

function logPlan(log: EventLog, plan: Plan): void {
  const summary = formatPlan(plan).split('\n').at(-1) ?? '';
  const text = summary.replace(/^Plan: /, '');
  log.write({ event: 'plan', text, fields: { summary: plan.summary } });
}

function logDrift(log: EventLog, operations: readonly PlannedOperation[]): void {
  const named = operations.map(({ op, service, destination, address }) => {
    const target =
      destination === undefined ? (service ?? address) : `${service} -> ${destination}`;
    return `${op} ${target ?? ''}`;
  });
  const rest = named.length > mostNamed ? ` and ${named.length - mostNamed} more` : '';
  const text = `changed by others, and put back: ${named.slice(0, mostNamed).join(', ')}${rest}`;
  log.write({ event: 'drift', text, fields: { operations: named } });
}

function logOperation(log: EventLog, result: OperationResult): void {
  log.write({ event: 'operation', text: describeResult(result), fields: { ...result } });
}

function logDrain(log: EventLog, result: DrainResult): void {
  const text = `${nameDrain(result)}: ${describeOutcome(result)}`;
  log.write({ event: 'drain', text, fields: { ...result } });
}

function logCycle(log: EventLog, cycle: Cycle): void {
  const { number, reasons, operations, durationMs } = cycle;
  const text = `${number} (${reasons.join(', ')}): ${count(operations, 'operation')}, ${Math.round(durationMs)} ms`;
  log.write({ event: 'cycle', text, fields: { ...cycle } });
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

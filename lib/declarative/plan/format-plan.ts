import { styleText } from 'node:util';
import type { Counts, Diagnostic, Plan, PlannedOperation } from '../../../types/plan.js';
import { formatScope } from '../scope.js';
import { hasErrors } from './diagnostics.js';
import { formatChanges, formatEverything, type Paint } from './format-changes.js';
import { formatDrain, formatFields } from './format-values.js';

/** How `formatPlan` writes. */
export interface FormatPlanOptions {
  /** With the colours of a terminal. Default false. */
  readonly color?: boolean;
  /** Also the services and destinations that are declared and do not change. Default false. */
  readonly verbose?: boolean;
  /** Also the operations, in the order of execution. Default false. */
  readonly operations?: boolean;
}

const colors = { '+': 'green', '~': 'yellow', '-': 'red', '=': 'cyan', '!': 'magenta' } as const;

/**
 * A plan for people to read: what changes, in canonical order, and no counters or times of day. Does not end with a
 * newline. Without changes and errors it is one sentence, unless `verbose` asks for more.
 */
export function formatPlan(plan: Plan, options: FormatPlanOptions = {}): string {
  const paint: Paint = options.color === true ? painted : (_symbol, line) => line;
  const isEmpty = plan.operations.length === 0 && !hasErrors(plan);
  if (isEmpty && options.verbose !== true) return emptyLine(plan);
  const sections = [
    [headLine(plan)],
    options.verbose === true ? formatEverything(plan, paint) : formatChanges(plan, paint),
    options.operations === true ? plan.operations.map(operationLine) : [],
    plan.diagnostics.map((diagnostic) => diagnosticLine(diagnostic, paint)),
    [isEmpty ? emptyLine(plan) : summaryLine(plan)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function painted(symbol: string, line: string): string {
  const color = colors[symbol as keyof typeof colors];
  // Whoever asks for colours gets them, wherever they go.
  return color === undefined ? line : styleText(color, line, { validateStream: false });
}

function emptyLine(plan: Plan): string {
  return `No changes. Actual state matches desired state (${actualState(plan)}).`;
}

function headLine(plan: Plan): string {
  const { unmanagedServices: foreign } = plan.summary;
  const others = foreign === 0 ? '' : `; ${count(foreign, 'service')} out of scope, untouched`;
  return `Scope: ${formatScope(plan.scope)}. Actual: ${actualState(plan)}${others}.`;
}

function actualState({ summary: { services, destinations } }: Plan): string {
  return `${count(present(services), 'service')}, ${count(present(destinations), 'destination')}`;
}

/** How many objects there are. */
function present({ change, remove, unchanged }: Counts): number {
  return change + remove + unchanged;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function operationLine(operation: PlannedOperation): string {
  const { id, phase, op, service, destination, address, fields, deferred, dependsOn } = operation;
  const target = destination === undefined ? (service ?? address) : `${service} -> ${destination}`;
  const parts = [`${id} ${phase.padEnd(14)} ${op.padEnd(13)} ${target ?? ''}`.trimEnd()];
  if (fields.length > 0) parts.push(formatFields(fields));
  if (deferred !== undefined) parts.push(`(${formatDrain(deferred, 'remove')})`);
  if (dependsOn.length > 0) parts.push(`after ${dependsOn.join(', ')}`);
  return parts.join('  ');
}

function diagnosticLine({ code, address, path, message }: Diagnostic, paint: Paint): string {
  const where = address ?? path;
  return paint('!', `! ${code}${where === undefined ? '' : ` ${where}`}: ${message}`);
}

function summaryLine({ summary, changes }: Plan): string {
  const { services, destinations, vips, operations } = summary;
  const drained = destinations.drain === 0 ? '' : ` (${destinations.drain} drained)`;
  const parts = [
    `services ${services.add} to add, ${services.change} to change, ${services.remove} to remove`,
    `destinations ${destinations.add} to add, ${destinations.change} to change, ${destinations.remove} to remove${drained}`,
  ];
  if (vips.add + vips.remove > 0) parts.push(`vips ${vips.add} to add, ${vips.remove} to remove`);
  const settings = changes.filter(({ kind }) => kind === 'setting').length;
  if (settings > 0) parts.push(`settings ${settings} to change`);
  return `Plan: ${parts.join('; ')}. ${count(operations, 'operation')}.`;
}

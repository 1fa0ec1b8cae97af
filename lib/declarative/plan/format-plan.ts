import { styleText } from 'node:util';
import type { Destination, Tunnel } from '../../../types/destination.js';
import type {
  Change,
  ChangeKind,
  Counts,
  Deferred,
  DestinationChange,
  Diagnostic,
  FieldChange,
  Plan,
  PlannedOperation,
} from '../../../types/plan.js';
import type { Persistence, Service } from '../../../types/service.js';
import { fullPrefix, parseNetmask } from '../../model/netmask.js';
import { serviceFamily } from '../canonical.js';
import { formatScope } from '../scope.js';

/** How `formatPlan` writes. */
export interface FormatPlanOptions {
  /** With the colours of a terminal. Default false. */
  readonly color?: boolean;
  /** Also what does not change. Default false. */
  readonly verbose?: boolean;
  /** Also the operations, in the order of execution. Default false. */
  readonly operations?: boolean;
}

type Paint = (symbol: string, text: string) => string;

const symbols: Readonly<Record<ChangeKind, string>> = {
  add: '+',
  change: '~',
  remove: '-',
  draining: '=',
  unchanged: ' ',
};

const colors = { '+': 'green', '~': 'yellow', '-': 'red', '=': 'cyan', '!': 'magenta' } as const;

/** A plan for people to read: what changes, in canonical order, and no counters or times. Does not end with a newline. */
export function formatPlan(plan: Plan, options: FormatPlanOptions = {}): string {
  const paint: Paint = options.color === true ? painted : (_symbol, text) => text;
  const hasErrors = plan.diagnostics.some(({ severity }) => severity === 'error');
  const isEmpty = plan.operations.length === 0 && !hasErrors;
  if (isEmpty && options.verbose !== true) return emptyLine(plan);
  const sections = [
    [headLine(plan)],
    changeLines(plan, options.verbose === true, paint),
    options.operations === true ? plan.operations.map(operationLine) : [],
    plan.diagnostics.map((diagnostic) => diagnosticLine(diagnostic, paint)),
    [isEmpty ? emptyLine(plan) : summaryLine(plan)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function painted(symbol: string, text: string): string {
  const color = colors[symbol as keyof typeof colors];
  // Whoever asks for colours gets them, wherever they go.
  return color === undefined ? text : styleText(color, text, { validateStream: false });
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

function changeLines(plan: Plan, verbose: boolean, paint: Paint): string[] {
  const lines = plan.changes.flatMap((change) => linesOf(change, paint));
  return verbose ? [...lines, ...unchangedLines(plan)] : lines;
}

function linesOf(change: Change, paint: Paint): string[] {
  const symbol = symbols[change.change];
  switch (change.kind) {
    case 'vip':
    case 'device':
      return [paint(symbol, `${symbol} ${change.kind} ${change.address}`)];
    case 'setting':
      return [paint(symbol, `${symbol} ${change.address}  ${formatFields(change.fields)}`)];
    case 'service': {
      const settings =
        change.change === 'add' && change.after !== null ? `  ${formatService(change.after)}` : '';
      const end =
        change.drain === undefined || change.destinations.length > 0
          ? ''
          : `  ${formatDrain(change.drain, change.change)}`;
      return [
        paint(symbol, `${symbol} ${change.service}${settings}${end}`),
        ...change.fields.map((field) => paint('~', `    ~ ${formatFields([field])}`)),
        ...change.destinations.map((destination) => destinationLine(destination, paint)),
      ];
    }
  }
}

function destinationLine(change: DestinationChange, paint: Paint): string {
  const symbol = symbols[change.change];
  return paint(symbol, `    ${symbol} ${change.destination}  ${destinationText(change)}`);
}

function destinationText({ change, after, fields, drain }: DestinationChange): string {
  if (after === null) return drain === undefined ? 'immediately' : formatDrain(drain, change);
  return change === 'add' ? formatDestination(after) : formatFields(fields);
}

function formatDrain({ until, deadlineMs }: Deferred, change: ChangeKind): string {
  const end = until === 'idle' ? 'idle' : 'no connection is active';
  const seconds = `${deadlineMs / 1000}s`;
  return change === 'draining'
    ? `draining until ${end}, at most ${seconds} more`
    : `drain until ${end}, at most ${seconds}`;
}

function formatService(service: Service): string {
  const parts = [service.scheduler];
  if (service.schedulerFlags.length > 0) parts.push(service.schedulerFlags.join(' '));
  if (service.persistence !== undefined) {
    parts.push(`persistence ${formatPersistence(service.persistence, service)}`);
  }
  if (service.onePacket) parts.push('one-packet');
  return parts.join('  ');
}

function formatPersistence({ timeout, netmask, engine }: Persistence, service: Service): string {
  const family = serviceFamily(service);
  const isWhole = parseNetmask(netmask, family) === fullPrefix(family);
  return `${timeout}s${isWhole ? '' : ` netmask ${netmask}`}${engine === undefined ? '' : ` engine ${engine}`}`;
}

function formatDestination(destination: Destination): string {
  const { forward, weight, upperThreshold, lowerThreshold, tunnel } = destination;
  const isPlain = tunnel === undefined || (tunnel.type === 'ipip' && tunnel.checksum === 'none');
  const parts = [isPlain ? forward : `${forward} ${formatTunnel(tunnel)}`, `weight ${weight}`];
  if (upperThreshold !== 0) parts.push(`thresholds ${lowerThreshold}..${upperThreshold}`);
  return parts.join('  ');
}

function formatTunnel({ type, port, checksum }: Tunnel): string {
  const end = port === undefined ? type : `${type}:${port}`;
  return checksum === 'none' ? end : `${end} checksum ${checksum}`;
}

function formatFields(fields: readonly FieldChange[]): string {
  return fields
    .map(({ path, before, after }) => `${path}: ${formatValue(before)} -> ${formatValue(after)}`)
    .join(', ');
}

function formatValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(' ');
  if (value === false) return 'off';
  if (value === true) return 'on';
  if (typeof value !== 'object' || value === null) return String(value ?? 'none');
  if ('timeout' in value) {
    const { timeout, netmask, engine } = value as Persistence;
    return `${timeout}s netmask ${netmask}${engine === undefined ? '' : ` engine ${engine}`}`;
  }
  return formatTunnel(value as Tunnel);
}

function unchangedLines({ changes, desired }: Plan): string[] {
  const changed = new Map<string, Set<string>>();
  for (const change of changes) {
    if (change.kind !== 'service') continue;
    changed.set(change.service, new Set(change.destinations.map((each) => each.destination)));
  }
  return desired.services.flatMap((service) => {
    const known = changed.get(service.id);
    const destinations = service.destinations
      .filter(({ id }) => known?.has(id) !== true)
      .map((destination) => `      ${destination.id}  ${formatDestination(destination)}`);
    if (known !== undefined && destinations.length === 0) return [];
    const settings = known === undefined ? `  ${formatService(service)}` : '  (unchanged)';
    return [`  ${service.id}${settings}`, ...destinations];
  });
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

import type { DesiredService } from '../../../types/document.js';
import type { Change, ChangeKind, DestinationChange, Plan } from '../../../types/plan.js';
import { compareDestinationKeys } from '../../model/destination-id.js';
import { compareServiceKeys, parseServiceId } from '../../model/service-id.js';
import {
  formatDestination,
  formatDrain,
  formatFields,
  formatService,
  formatStep,
} from './format-values.js';

/** Gives a line that begins with a symbol its colour. */
export type Paint = (symbol: string, line: string) => string;

const symbols: Readonly<Record<ChangeKind, string>> = {
  add: '+',
  change: '~',
  remove: '-',
  draining: '=',
  unchanged: ' ',
};

type ServiceChange = Extract<Change, { readonly kind: 'service' }>;

/** What changes, in canonical order. */
export function formatChanges({ changes }: Plan, paint: Paint): string[] {
  return changes.flatMap((change) => linesOf(change, paint));
}

/** The same, with the services and destinations that should be, and stay as they are, in their places. */
export function formatEverything({ changes, desired }: Plan, paint: Paint): string[] {
  const services = changes.filter((change) => change.kind === 'service');
  const declared = new Map(desired.services.map((service) => [service.id, service]));
  const blocks = services.map((change) => ({
    key: parseServiceId(change.service),
    lines: linesWithRest(change, declared.get(change.service), paint),
  }));
  const changed = new Set(services.map(({ service }) => service));
  for (const service of desired.services) {
    if (changed.has(service.id)) continue;
    const lines = [
      `  ${service.id}  ${formatService(service)}`,
      ...service.destinations.map(unchangedLine),
    ];
    blocks.push({ key: parseServiceId(service.id), lines });
  }
  blocks.sort((first, second) => compareServiceKeys(first.key, second.key));
  const isSetting = ({ kind }: Change) => kind === 'setting';
  const isOther = ({ kind }: Change) => kind === 'vip' || kind === 'device';
  return [
    ...changes.filter(isSetting).flatMap((change) => linesOf(change, paint)),
    ...blocks.flatMap(({ lines }) => lines),
    ...changes.filter(isOther).flatMap((change) => linesOf(change, paint)),
  ];
}

function linesOf(change: Change, paint: Paint): string[] {
  const symbol = symbols[change.change];
  switch (change.kind) {
    case 'service':
      return [
        ...headOf(change, paint),
        ...change.destinations.map((destination) => destinationLine(destination, paint)),
      ];
    case 'setting':
      return [paint(symbol, `${symbol} ${settingText(change)}`)];
    default:
      return [paint(symbol, `${symbol} ${change.kind} ${change.address}`)];
  }
}

/** A sysctl is named by itself, the timeouts each. */
function settingText({ address, fields }: Extract<Change, { readonly kind: 'setting' }>): string {
  const [field] = fields;
  return field !== undefined && address === `sysctl ${field.path}`
    ? `${address}: ${formatStep(field)}`
    : `${address}  ${formatFields(fields)}`;
}

function headOf({ change, service, after, fields }: ServiceChange, paint: Paint): string[] {
  const symbol = symbols[change];
  const settings = change === 'add' && after !== null ? `  ${formatService(after)}` : '';
  return [
    paint(symbol, `${symbol} ${service}${settings}`),
    ...fields.map((field) => paint('~', `    ~ ${formatFields([field])}`)),
  ];
}

function destinationLine(change: DestinationChange, paint: Paint): string {
  const symbol = symbols[change.change];
  return paint(symbol, `    ${symbol} ${change.destination}  ${destinationText(change)}`);
}

function destinationText({ change, after, fields, drain }: DestinationChange): string {
  if (after === null) return drain === undefined ? 'immediately' : formatDrain(drain, change);
  return change === 'add' ? formatDestination(after) : formatFields(fields);
}

/** A service that changes, with its destinations that do not. */
function linesWithRest(
  change: ServiceChange,
  declared: DesiredService | undefined,
  paint: Paint,
): string[] {
  const changed = new Set(change.destinations.map(({ destination }) => destination));
  const rest = declared?.destinations.filter(({ id }) => !changed.has(id)) ?? [];
  const lines = [
    ...change.destinations.map((each) => ({
      key: each.before ?? each.after,
      line: destinationLine(each, paint),
    })),
    ...rest.map((each) => ({ key: each, line: unchangedLine(each) })),
  ];
  lines.sort(({ key: first }, { key: second }) =>
    first === null || second === null ? 0 : compareDestinationKeys(first, second),
  );
  return [...headOf(change, paint), ...lines.map(({ line }) => line)];
}

function unchangedLine(destination: DesiredService['destinations'][number]): string {
  return `      ${destination.id}  ${formatDestination(destination)}`;
}

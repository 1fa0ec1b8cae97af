import { shortNumber, sparkline } from '../units.js';
import type { NumberColumn } from './columns.js';
import type { Series, TotalSeries } from './history.js';
import { gap, type Layout, widthOf } from './layout.js';
import { countAmounts, type Reading } from './reading.js';
import type { Row } from './rows.js';
import type { State } from './state.js';

/** What does not change while the view is open. */
export interface Facts {
  /** Such as `Linux 6.1.0`. */
  readonly kernel: string;
  /** Of IPVS. */
  readonly version: string;
  readonly transport: string;
  /** As it was named; absent for the process's own. */
  readonly namespace: string | undefined;
}

/** Text in a place of a width. */
export function fitTo(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text.padEnd(width);
}

/** Where the view looks. */
export function placeText({ kernel, version, transport, namespace }: Facts): string {
  const where = namespace === undefined ? '' : ` · namespace ${namespace}`;
  return `${kernel} · IPVS ${version} · ${transport}${where}`;
}

/** What is looked at, how often, and when it was. */
export function timeText({ mode, interval, reading }: State): string {
  const time = reading === undefined ? '--:--:--' : clock(reading.at);
  return `${mode} · every ${interval / 1000} s · ${time}`;
}

/** The time of day, where the process is. */
export function clock(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** What the lines of the totals are, two to a line. */
export const totalLines: readonly (readonly (readonly [string, keyof TotalSeries])[])[] = [
  [
    ['connections/s', 'connections'],
    ['active now', 'active'],
  ],
  [
    ['packets in/s', 'packetsIn'],
    ['packets out/s', 'packetsOut'],
  ],
  [
    ['bytes in/s', 'bytesIn'],
    ['bytes out/s', 'bytesOut'],
  ],
];

/** The newest value of a series. */
export function newest(series: Series): string {
  const value = series.at(-1);
  return value === undefined ? '-' : shortNumber(value);
}

/** The newest values of a series as a sparkline of a width, the newest at the right. */
export function drawing(series: Series, width: number): string {
  return sparkline(series.slice(Math.max(0, series.length - width))).padStart(width);
}

/** How much there is, and how much of it is shown. */
export function amountsText({ reading, filter, arrangement }: State): string {
  if (reading === undefined) return 'Reading …';
  const amounts = countAmounts(reading.services);
  const { services, destinations, withoutWeight, activeConnections, inactiveConnections } = amounts;
  const idle = withoutWeight === 0 ? '' : ` (${withoutWeight} at weight 0)`;
  const shown = filter === '' ? '' : `; ${arrangement.groups.length} with "${filter}"`;
  return [
    `${counted(services, 'service')}${shown}`,
    `${counted(destinations, 'destination')}${idle}`,
    `${shortNumber(activeConnections)} active and ${shortNumber(inactiveConnections)} inactive connections`,
  ].join(', ');
}

function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** Why there is nothing new. */
export function failureText({ failure, interval }: State): string {
  if (failure === undefined) return '';
  const again = `tried again every ${interval / 1000} s`;
  return `Not read since ${clock(failure.since)}, ${again}: ${failure.message.replaceAll('\n', ' ')}`;
}

/** The head of a column, with an arrow at the one that the rows are ordered by. */
export function headText(title: string, width: number, arrow: string): string {
  return `${arrow}${title}`.padStart(width + gap);
}

/** What a row is called. */
export function nameText({ service, destination, isFolded }: Row): string {
  if (destination !== undefined) return `    ${destination.id}`;
  const mark = service.destinations.length === 0 ? ' ' : isFolded ? '▸' : '▾';
  return `${mark} ${service.id}`;
}

/** How a service chooses, or how a destination is reached. */
export function methodText({ service, destination }: Row): string {
  return destination === undefined ? service.scheduler : destination.forward;
}

/** A row's numbers. */
export function numbersText({ service, destination }: Row, { numbers }: Layout): string {
  const cell = (column: NumberColumn) => {
    const value =
      destination === undefined ? column.ofService(service) : column.ofDestination(destination);
    return shortNumber(value).padStart(widthOf(column) + gap);
  };
  return numbers.map(cell).join('');
}

/** What stands where the rows would, where there are none. */
export function emptyText(reading: Reading | undefined, filter: string): string {
  if (reading === undefined) return '';
  return filter === '' ? 'No services.' : `Nothing with "${filter}".`;
}

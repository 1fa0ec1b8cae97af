import type { Destination, Tunnel } from '../../../types/destination.js';
import type { ChangeKind, Deferred, FieldChange } from '../../../types/plan.js';
import type { Persistence, Service } from '../../../types/service.js';
import { fullPrefix, parseNetmask } from '../../model/netmask.js';
import { serviceFamily } from '../../model/service-id.js';

/** `wlc  persistence 360s`. */
export function formatService(service: Service): string {
  const parts = [service.scheduler];
  if (service.schedulerFlags.length > 0) parts.push(service.schedulerFlags.join(' '));
  if (service.persistence !== undefined) {
    parts.push(`persistence ${formatPersistence(service.persistence, service)}`);
  }
  if (service.onePacket) parts.push('one-packet');
  return parts.join('  ');
}

function formatPersistence(persistence: Persistence, service: Service): string {
  const family = serviceFamily(service);
  const isWhole = parseNetmask(persistence.netmask, family) === fullPrefix(family);
  return formatTemplate(persistence, !isWhole);
}

function formatTemplate({ timeout, netmask, engine }: Persistence, withMask: boolean): string {
  const parts = [`${timeout}s`];
  if (withMask) parts.push(`netmask ${netmask}`);
  if (engine !== undefined) parts.push(`engine ${engine}`);
  return parts.join(' ');
}

/** `masquerade  weight 1`. */
export function formatDestination(destination: Destination): string {
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

/** `drain until idle, at most 300s`, and for what drains already how much of it is left. */
export function formatDrain({ until, deadlineMs }: Deferred, change: ChangeKind): string {
  const end = until === 'idle' ? 'idle' : 'no connection is active';
  const seconds = `${deadlineMs / 1000}s`;
  return change === 'draining'
    ? `draining until ${end}, at most ${seconds} more`
    : `drain until ${end}, at most ${seconds}`;
}

/** `weight: 1 -> 5, upperThreshold: 0 -> 100`. */
export function formatFields(fields: readonly FieldChange[]): string {
  return fields.map((field) => `${field.path}: ${formatStep(field)}`).join(', ');
}

/** `1 -> 5`. */
export function formatStep({ before, after }: FieldChange): string {
  return `${formatValue(before)} -> ${formatValue(after)}`;
}

function formatValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(' ');
  if (value === false) return 'off';
  if (value === true) return 'on';
  if (value === '') return '""';
  if (typeof value !== 'object' || value === null) return String(value ?? 'none');
  return 'timeout' in value
    ? formatTemplate(value as Persistence, true)
    : formatTunnel(value as Tunnel);
}

import type { Destination, DestinationId, Tunnel } from '../../../types/destination.js';
import type { Deferred, FieldChange } from '../../../types/plan.js';
import type { Persistence, SchedulerFlag, Service, ServiceId } from '../../../types/service.js';
import {
  formatDestinationId,
  parseDestinationId,
  resolveDestinationRef,
} from '../../model/destination-id.js';
import { isObject } from '../../model/fields.js';
import { protocolName } from '../../model/protocol.js';
import { schedulerFlagBits } from '../../model/scheduler-flags.js';
import { formatServiceId, parseServiceId, resolveServiceRef } from '../../model/service-id.js';
import {
  checkBoolean,
  checkCount,
  checkList,
  checkObject,
  checkText,
  checkTime,
  checkWord,
  expect,
  type Fields,
  optionally,
  presentFields,
} from './checks.js';

const flags = Object.keys(schedulerFlagBits) as readonly SchedulerFlag[];

/** A service id in its one spelling. */
export function readServiceId(value: unknown, path: string): ServiceId {
  const id = formatServiceId(parseServiceId(value as string, path));
  expect(id === value, path, value, `${id}, in its one spelling`);
  return id;
}

/** A destination id in its one spelling. */
export function readDestinationId(value: unknown, path: string): DestinationId {
  const id = formatDestinationId(parseDestinationId(value as string, path));
  expect(id === value, path, value, `${id}, in its one spelling`);
  return id;
}

/** The settings of a service, which may be such as can only be read; its identity is that of the id. */
export function readService(value: unknown, path: string, id: ServiceId): Service {
  const fields = checkObject(value, path);
  const key = resolveServiceRef(identityFields(fields), path);
  expect(formatServiceId(key) === id, path, value, `the service ${id}`);
  const identity =
    key.kind === 'fwmark'
      ? { fwmark: key.fwmark, family: key.family }
      : { protocol: protocolName(key.protocol), address: key.address, port: key.port };
  const settings = presentFields<Omit<Service, 'family'>>({
    scheduler: checkText(fields['scheduler'], `${path}.scheduler`),
    schedulerFlags: checkList(fields['schedulerFlags'], `${path}.schedulerFlags`, readFlag),
    onePacket: checkBoolean(fields['onePacket'], `${path}.onePacket`),
    persistence: optionally(fields['persistence'], `${path}.persistence`, readPersistence),
  });
  return { ...identity, ...settings } as Service;
}

/** A mark and an address at once are refused, whatever a later version may mean by it. */
function identityFields({ fwmark, family, protocol, address, port }: Fields): object {
  return fwmark === undefined
    ? { protocol, address, port }
    : { fwmark, family, protocol, address, port };
}

function readFlag(value: unknown, path: string): SchedulerFlag {
  return checkWord(value, flags, path);
}

function readPersistence(value: unknown, path: string): Persistence {
  const { timeout, netmask, engine } = checkObject(value, path);
  const isMask = typeof netmask === 'string' || typeof netmask === 'number';
  expect(isMask, `${path}.netmask`, netmask, 'a mask or a prefix length');
  return presentFields<Persistence>({
    timeout: checkCount(timeout, `${path}.timeout`),
    netmask,
    engine: optionally(engine, `${path}.engine`, checkText),
  });
}

/** The settings of a destination, which may be such as can only be read; its identity is that of the id. */
export function readDestination(value: unknown, path: string, id: DestinationId): Destination {
  const fields = checkObject(value, path);
  const { address, port } = fields;
  checkCount(port, `${path}.port`);
  const anyService = { kind: 'fwmark', fwmark: 1, family: 'ipv4' } as const;
  const key = resolveDestinationRef({ address, port }, anyService, path);
  expect(formatDestinationId(key) === id, path, value, `the destination ${id}`);
  return presentFields<Destination>({
    address: key.address,
    port: key.port,
    forward: checkText(fields['forward'], `${path}.forward`) as Destination['forward'],
    weight: checkCount(fields['weight'], `${path}.weight`),
    upperThreshold: checkCount(fields['upperThreshold'], `${path}.upperThreshold`),
    lowerThreshold: checkCount(fields['lowerThreshold'], `${path}.lowerThreshold`),
    tunnel: optionally(fields['tunnel'], `${path}.tunnel`, readTunnel),
  });
}

function readTunnel(value: unknown, path: string): Tunnel {
  const { type, port, checksum } = checkObject(value, path);
  return presentFields<Tunnel>({
    type: checkText(type, `${path}.type`) as Tunnel['type'],
    port: optionally(port, `${path}.port`, checkCount),
    checksum: checkText(checksum, `${path}.checksum`) as Tunnel['checksum'],
  });
}

export function readDeferred(value: unknown, path: string): Deferred {
  const { until, deadlineMs } = checkObject(value, path);
  return {
    until: checkWord(until, ['idle', 'no-active'], `${path}.until`),
    deadlineMs: checkTime(deadlineMs, `${path}.deadlineMs`),
  };
}

export function readFieldChange(value: unknown, path: string): FieldChange {
  const { path: name, before, after } = checkObject(value, path);
  return {
    path: checkText(name, `${path}.path`),
    before: readValue(before, `${path}.before`),
    after: readValue(after, `${path}.after`),
  };
}

/** The value of a setting: nothing deeper than the parts of one field. */
function readValue(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return checkList(value, path, readScalar);
  if (!isObject(value)) return readScalar(value, path);
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([name, part]) => [name, readScalar(part, path)]));
}

function readScalar(value: unknown, path: string): unknown {
  const isScalar = value === null || ['string', 'number', 'boolean'].includes(typeof value);
  expect(isScalar, path, value, 'a text, a number, true, false or null');
  return value;
}

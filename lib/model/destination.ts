import type { Address, Family } from '../../types/address.js';
import type { Destination, Forward, ObservedForward, Tunnel } from '../../types/destination.js';
import { type ParsedAddress, parseAddress } from './address.js';
import { type DestinationFields, readDestinationFields } from './destination-fields.js';
import { type CompleteDestinationKey, defaultDestinationPort } from './destination-id.js';
import { highestPort } from './endpoint.js';
import { isObject, type Mutable } from './fields.js';
import { defaultForward, forwardExpected, parseForward } from './forwarding.js';
import type { Report } from './report.js';
import type { CompleteServiceKey } from './service-id.js';
import { changeTunnel, checkTunnelParts, type TunnelParts } from './tunnel-parts.js';
import { checkWholeNumber } from './whole-number.js';

/** The greatest weight the kernel takes. */
export const highestWeight = 2_147_483_647;

/** The greatest threshold there is room for; kernels from 7.2 on refuse those above 2147483647. */
export const highestThreshold = 4_294_967_295;

const defaultWeight = 1;

export interface DestinationSpecOptions {
  /** The method of a destination that names none. Default `masquerade`. */
  readonly defaultForward?: Forward;
  /** The weight of a destination that names none. Default 1. */
  readonly defaultWeight?: number;
  /** Names of fields to pass over in silence. Default: what an observed destination has besides. */
  readonly skippedFields?: ReadonlySet<string>;
}

/** Checked changes to a destination; what is absent stays as it is. */
export interface CompleteDestinationChanges {
  readonly forward?: Forward;
  readonly weight?: number;
  readonly upperThreshold?: number;
  readonly lowerThreshold?: number;
  readonly tunnel?: TunnelParts;
}

const identityFields = ['address', 'port'] as const;

const observedFields: ReadonlySet<string> = new Set([
  'id',
  'activeConnections',
  'inactiveConnections',
  'persistentConnections',
  'stats',
]);

/**
 * Checks a destination of the service as a caller writes it and completes it: every default filled in, every value in
 * its canonical form. An observed destination will do: what only the kernel knows is skipped. `undefined` after any
 * error.
 */
export function checkDestinationSpec(
  input: unknown,
  service: CompleteServiceKey,
  report: Report,
  path: string,
  options: DestinationSpecOptions = {},
): Destination | undefined {
  if (!isObject(input)) return report.error('E_SCHEMA', path, input, 'a destination: an object');
  const errorsBefore = report.errorCount;
  const fields = readDestinationFields(input, options.skippedFields ?? observedFields, report, path);

  const parsed = checkAddress(fields.address, report, path);
  const port =
    fields.port === undefined
      ? defaultDestinationPort(service)
      : checkWholeNumber(fields.port, 0, highestPort, 'E_DEST_PORT', report, path, 'port');
  const settings = checkSettings(fields, report, path);
  const forward =
    fields.forward === undefined ? (options.defaultForward ?? defaultForward) : settings.forward;
  const weight =
    fields.weight === undefined ? (options.defaultWeight ?? defaultWeight) : settings.weight;
  const upperThreshold = fields.upperThreshold === undefined ? 0 : settings.upperThreshold;
  const lowerThreshold = fields.lowerThreshold === undefined ? 0 : settings.lowerThreshold;

  let tunnel: Tunnel | undefined;
  if (forward !== undefined) {
    if (parsed !== undefined && !familyFits(parsed.family, service, forward)) {
      report.error('E_FAMILY_MIX', `${path}/address`, fields.address, familyExpected(service));
    }
    if (port !== undefined && !portFits(port, service, forward)) {
      const expected = `the service's port with forward ${forward}`;
      report.error('E_DEST_PORT', `${path}/port`, fields.port, expected);
    }
    if (forward === 'tunnel') tunnel = changeTunnel(undefined, settings.tunnel, report, path);
    else if (fields.tunnel !== undefined) refuseTunnel(fields.tunnel, forward, report, path);
  }
  if (upperThreshold !== undefined && lowerThreshold !== undefined && lowerThreshold > upperThreshold) {
    const expected = `at most the upper threshold, ${upperThreshold}`;
    report.error('E_THRESHOLD', `${path}/lowerThreshold`, lowerThreshold, expected);
  }

  if (
    report.errorCount !== errorsBefore ||
    parsed === undefined ||
    port === undefined ||
    forward === undefined ||
    weight === undefined ||
    upperThreshold === undefined ||
    lowerThreshold === undefined
  ) {
    return undefined;
  }
  const { address } = parsed;
  if (service.kind === 'address' && address === service.address && port === service.port) {
    report.warn('W_SELF_DESTINATION', path, input, 'this destination is the service itself');
  }
  return makeDestination(address, port, forward, weight, upperThreshold, lowerThreshold, tunnel);
}

/**
 * Checks changes to that destination of the service, as far as that can be without its present settings; the rest is
 * for {@link applyDestinationChanges}. `undefined` after any error.
 */
export function checkDestinationChanges(
  input: unknown,
  key: CompleteDestinationKey,
  service: CompleteServiceKey,
  report: Report,
  path: string,
): CompleteDestinationChanges | undefined {
  if (!isObject(input)) return report.error('E_SCHEMA', path, input, 'the fields to change: an object');
  const errorsBefore = report.errorCount;
  const fields = readDestinationFields(input, undefined, report, path);
  for (const name of identityFields) {
    if (fields[name] === undefined) continue;
    report.error('E_IDENTITY', `${path}/${name}`, fields[name], 'no part of the identity, which cannot change');
  }
  const settings = checkSettings(fields, report, path);
  const { forward } = settings;
  if (forward !== undefined) {
    if (!familyFits(key.family, service, forward)) {
      report.error('E_FAMILY_MIX', `${path}/forward`, forward, 'tunnel, to a destination of the other family');
    }
    if (!portFits(key.port, service, forward)) {
      const expected = "masquerade, to a port that is not the service's";
      report.error('E_DEST_PORT', `${path}/forward`, forward, expected);
    }
    if (forward !== 'tunnel' && fields.tunnel !== undefined) {
      refuseTunnel(fields.tunnel, forward, report, path);
    }
  }
  return report.errorCount === errorsBefore ? settings : undefined;
}

/**
 * The destination with the changes made; what they do not name stays as it is, also what a spec would be refused for.
 * `undefined` after any error.
 */
export function applyDestinationChanges(
  current: Destination,
  changes: CompleteDestinationChanges,
  report: Report,
  path: string,
): Destination | undefined {
  const errorsBefore = report.errorCount;
  const { forward, weight, upperThreshold, lowerThreshold } = { ...current, ...changes };
  if (lowerThreshold > upperThreshold) {
    if (changes.lowerThreshold !== undefined) {
      const expected = `at most the upper threshold, ${upperThreshold}`;
      report.error('E_THRESHOLD', `${path}/lowerThreshold`, lowerThreshold, expected);
    } else if (changes.upperThreshold !== undefined) {
      const expected = `at least the lower threshold, ${lowerThreshold}`;
      report.error('E_THRESHOLD', `${path}/upperThreshold`, upperThreshold, expected);
    }
  }
  let tunnel: Tunnel | undefined;
  if (forward === 'tunnel') tunnel = changeTunnel(current.tunnel, changes.tunnel, report, path);
  else if (changes.tunnel !== undefined) refuseTunnel(changes.tunnel, forward, report, path);
  if (report.errorCount !== errorsBefore) return undefined;
  const { address, port } = current;
  return makeDestination(address, port, forward, weight, upperThreshold, lowerThreshold, tunnel);
}

function checkAddress(value: unknown, report: Report, path: string): ParsedAddress | undefined {
  const parsed = parseAddress(value);
  if (parsed === undefined) {
    return report.error('E_ADDRESS', `${path}/address`, value, 'an IPv4 or IPv6 address');
  }
  if (parsed.kind !== 'unicast') {
    const expected = `a unicast address, not ${parsed.kind === 'mapped' ? 'an IPv4-mapped' : `an ${parsed.kind}`} one`;
    return report.error('E_ADDRESS_KIND', `${path}/address`, value, expected);
  }
  return parsed;
}

function checkSettings(
  fields: DestinationFields,
  report: Report,
  path: string,
): CompleteDestinationChanges {
  const settings: Mutable<CompleteDestinationChanges> = {};
  if (fields.forward !== undefined) {
    const forward = parseForward(fields.forward);
    if (forward !== undefined) settings.forward = forward;
    else report.error('E_FORWARD', `${path}/forward`, fields.forward, forwardExpected);
  }
  if (fields.weight !== undefined) {
    const weight = checkWholeNumber(fields.weight, 0, highestWeight, 'E_WEIGHT', report, path, 'weight');
    if (weight !== undefined) settings.weight = weight;
  }
  if (fields.upperThreshold !== undefined) {
    const upper = checkThreshold(fields.upperThreshold, report, path, 'upperThreshold');
    if (upper !== undefined) settings.upperThreshold = upper;
  }
  if (fields.lowerThreshold !== undefined) {
    const lower = checkThreshold(fields.lowerThreshold, report, path, 'lowerThreshold');
    if (lower !== undefined) settings.lowerThreshold = lower;
  }
  if (fields.tunnel !== undefined) {
    const parts = checkTunnelParts(fields.tunnel, report, path);
    if (parts !== undefined) settings.tunnel = parts;
  }
  return settings;
}

function checkThreshold(
  value: unknown,
  report: Report,
  path: string,
  name: 'upperThreshold' | 'lowerThreshold',
): number | undefined {
  return checkWholeNumber(value, 0, highestThreshold, 'E_THRESHOLD', report, path, name);
}

function refuseTunnel(value: unknown, forward: ObservedForward, report: Report, path: string): void {
  report.error('E_TUNNEL', `${path}/tunnel`, value, `no tunnel with forward ${forward}`);
}

/** Only a tunnel carries packets of one family to a destination of the other. */
function familyFits(family: Family, service: CompleteServiceKey, forward: Forward): boolean {
  return forward === 'tunnel' || family === service.family;
}

function familyExpected(service: CompleteServiceKey): string {
  return `an ${service.family === 'ipv4' ? 'IPv4' : 'IPv6'} address like the service's, or forward tunnel`;
}

/** Only masquerading rewrites the port; the other methods deliver packets with the service's. */
function portFits(port: number, service: CompleteServiceKey, forward: Forward): boolean {
  return forward === 'masquerade' || service.kind === 'fwmark' || port === service.port;
}

function makeDestination(
  address: Address,
  port: number,
  forward: ObservedForward,
  weight: number,
  upperThreshold: number,
  lowerThreshold: number,
  tunnel: Tunnel | undefined,
): Destination {
  const destination = { address, port, forward, weight, upperThreshold, lowerThreshold };
  return tunnel === undefined ? destination : { ...destination, tunnel };
}

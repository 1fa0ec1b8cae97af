import type { Family } from '../../types/address.js';
import type { Destination, Forward, ObservedForward, Tunnel } from '../../types/destination.js';
import { type AddressKind, addressExpected, type ParsedAddress, readAddress } from './address.js';
import { readDestinationFields } from './destination-fields.js';
import { type CompleteDestinationKey, defaultDestinationPort } from './destination-id.js';
import {
  type CompleteDestinationChanges,
  checkDestinationSettings,
  checkForward,
  lowerField,
  upperField,
  weightField,
} from './destination-settings.js';
import { highestPort } from './endpoint.js';
import { isObject, type Mutable, refuseIdentity } from './fields.js';
import { defaultForward } from './forwarding.js';
import { plainOf } from './lazy-object.js';
import type { Report } from './report.js';
import type { CompleteServiceKey } from './service-id.js';
import { changeTunnel, checkTunnelParts } from './tunnel-parts.js';
import { checkNumber, type NumberField } from './whole-number.js';

export type { CompleteDestinationChanges };

const portField: NumberField = { at: 'port', lowest: 0, highest: highestPort, code: 'E_DEST_PORT' };

/** The weight of a destination that names none. */
export const defaultWeight = 1;

/** A service whose identity could be read in part only. */
export interface PartialServiceKey {
  readonly kind: 'partial';
  readonly family: Family | undefined;
  readonly port: number | undefined;
}

/** The service that a destination is checked for. What depends on a part that is not known is not checked. */
export type DestinationService = CompleteServiceKey | PartialServiceKey;

/** How {@link checkDestinationSpec} checks. */
export interface DestinationSpecOptions {
  /** The method of a destination that names none. Default `masquerade`. */
  readonly defaultForward?: Forward;
  /** The weight of a destination that names none. Default 1. */
  readonly defaultWeight?: number;
  /** Whether the default method could not be read, so that nothing is said of what depends on it. Default false. */
  readonly defaultForwardIsUnknown?: boolean;
  /** Names of fields to pass over in silence. Default: what an observed destination has besides. */
  readonly skippedFields?: ReadonlySet<string>;
  /** What to answer with, which is used again for the next: of destinations there are very many. Default: a new object. */
  readonly into?: DestinationToFill;
}

/** A destination that is filled in again and again. */
export type DestinationToFill = Mutable<DestinationSource>;

/** One for {@link DestinationSpecOptions.into}. */
export function destinationToFill(): DestinationToFill {
  return {
    address: '',
    port: 0,
    forward: defaultForward,
    weight: defaultWeight,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnel: undefined,
  };
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
  service: DestinationService,
  report: Report,
  path: string,
  options: DestinationSpecOptions = {},
): Destination | undefined {
  if (!isObject(input)) return report.error('E_SCHEMA', path, input, 'a destination: an object');
  const errorsBefore = report.errorCount;
  const skipped = options.skippedFields ?? observedFields;
  const fields = readDestinationFields(plainOf(input), skipped, report, path);

  const parsed = checkAddress(fields.address, report, path);
  const address = parsed?.address;
  const family = parsed?.family;
  const port =
    fields.port === undefined
      ? defaultPort(service)
      : checkNumber(fields.port, portField, report, path);
  // Without an object for the settings: of destinations there are very many.
  const forward =
    fields.forward === undefined
      ? forwardByDefault(options)
      : checkForward(fields.forward, report, path);
  const weight =
    fields.weight === undefined
      ? (options.defaultWeight ?? defaultWeight)
      : checkNumber(fields.weight, weightField, report, path);
  const upperThreshold =
    fields.upperThreshold === undefined
      ? 0
      : checkNumber(fields.upperThreshold, upperField, report, path);
  const lowerThreshold =
    fields.lowerThreshold === undefined
      ? 0
      : checkNumber(fields.lowerThreshold, lowerField, report, path);
  const parts =
    fields.tunnel === undefined ? undefined : checkTunnelParts(fields.tunnel, report, path);

  let tunnel: Tunnel | undefined;
  if (forward !== undefined) {
    if (family !== undefined && !familyFits(family, service, forward)) {
      report.error('E_FAMILY_MIX', `${path}/address`, fields.address, familyExpected(service));
    }
    if (port !== undefined && !portFits(port, service, forward)) {
      const expected = `port ${defaultPort(service)}, the service's, with forward ${forward}`;
      report.error('E_DEST_PORT', `${path}/port`, fields.port, expected);
    }
    if (forward === 'tunnel') tunnel = changeTunnel(undefined, parts, report, path);
    else if (fields.tunnel !== undefined) refuseTunnel(fields.tunnel, forward, report, path);
  }
  if (
    upperThreshold !== undefined &&
    lowerThreshold !== undefined &&
    lowerThreshold > upperThreshold
  ) {
    const expected = `at most the upper threshold, ${upperThreshold}`;
    report.error('E_THRESHOLD', `${path}/lowerThreshold`, lowerThreshold, expected);
  }

  if (
    report.errorCount !== errorsBefore ||
    address === undefined ||
    port === undefined ||
    forward === undefined ||
    weight === undefined ||
    upperThreshold === undefined ||
    lowerThreshold === undefined
  ) {
    return undefined;
  }
  if (service.kind === 'address' && address === service.address && port === service.port) {
    report.warn('W_SELF_DESTINATION', path, input, 'this destination is the service itself');
  }
  const { into } = options;
  if (into === undefined) {
    return destinationOf({
      address,
      port,
      forward,
      weight,
      upperThreshold,
      lowerThreshold,
      tunnel,
    });
  }
  into.address = address;
  into.port = port;
  into.forward = forward;
  into.weight = weight;
  into.upperThreshold = upperThreshold;
  into.lowerThreshold = lowerThreshold;
  into.tunnel = tunnel;
  return into as Destination;
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
  if (!isObject(input)) return report.error('E_SCHEMA', path, input, 'an object of changes');
  const errorsBefore = report.errorCount;
  const fields = readDestinationFields(plainOf(input), undefined, report, path);
  refuseIdentity(fields, identityFields, report, path);
  const settings = checkDestinationSettings(fields, report, path);
  const { forward } = settings;
  if (forward !== undefined) {
    if (!familyFits(key.family, service, forward)) {
      const expected = 'tunnel, to a destination of the other family';
      report.error('E_FAMILY_MIX', `${path}/forward`, forward, expected);
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
  const {
    forward = current.forward,
    weight = current.weight,
    upperThreshold = current.upperThreshold,
    lowerThreshold = current.lowerThreshold,
  } = changes;
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
  const parts = { address, port, forward, weight, upperThreshold, lowerThreshold, tunnel };
  return destinationOf(parts);
}

/** A destination that may say outright that there is no tunnel. */
interface DestinationSource extends Omit<Destination, 'tunnel'> {
  readonly tunnel?: Tunnel | undefined;
}

/** A destination's settings and identity alone. */
export function destinationOf(source: DestinationSource): Destination {
  const { address, port, forward, weight, upperThreshold, lowerThreshold, tunnel } = source;
  const destination: Mutable<Destination> = {
    address,
    port,
    forward,
    weight,
    upperThreshold,
    lowerThreshold,
  };
  if (tunnel !== undefined) destination.tunnel = tunnel;
  return destination;
}

const kindWords = {
  unspecified: 'an unspecified',
  multicast: 'a multicast',
  broadcast: 'a broadcast',
  'link-local': 'a link-local',
  mapped: 'an IPv4-mapped',
} as const satisfies Record<Exclude<AddressKind, 'unicast'>, string>;

/** What it answers is there until the next address is read. */
function checkAddress(value: unknown, report: Report, path: string): ParsedAddress | undefined {
  const parsed = readAddress(value);
  if (parsed === undefined) {
    return report.error('E_ADDRESS', `${path}/address`, value, addressExpected);
  }
  if (parsed.kind !== 'unicast') {
    const expected = `a unicast address, not ${kindWords[parsed.kind]} one`;
    return report.error('E_ADDRESS_KIND', `${path}/address`, value, expected);
  }
  return parsed;
}

function refuseTunnel(
  value: unknown,
  forward: ObservedForward,
  report: Report,
  path: string,
): void {
  report.error('E_TUNNEL', `${path}/tunnel`, value, `no tunnel with forward ${forward}`);
}

function defaultPort(service: DestinationService): number | undefined {
  return service.kind === 'partial' ? service.port : defaultDestinationPort(service);
}

function forwardByDefault(options: DestinationSpecOptions): Forward | undefined {
  if (options.defaultForwardIsUnknown === true) return undefined;
  return options.defaultForward ?? defaultForward;
}

/** Only a tunnel carries packets of one family to a destination of the other. */
function familyFits(family: Family, service: DestinationService, forward: Forward): boolean {
  return forward === 'tunnel' || service.family === undefined || family === service.family;
}

function familyExpected(service: DestinationService): string {
  return `an ${service.family === 'ipv4' ? 'IPv4' : 'IPv6'} address, or forward tunnel`;
}

/** Only masquerading rewrites the port; the other methods deliver packets with the service's. */
function portFits(port: number, service: DestinationService, forward: Forward): boolean {
  if (forward === 'masquerade' || service.kind === 'fwmark') return true;
  return service.port === undefined || port === service.port;
}

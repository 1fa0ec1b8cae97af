import type { Family } from '../../types/address.js';
import { highestPort } from './endpoint.js';
import { parseProtocol, protocolExpected, protocols } from './protocol.js';
import type { Report } from './report.js';
import type { ServiceFields } from './service-fields.js';
import { type CompleteServiceKey, highestFwmark, type ServiceIdentity } from './service-id.js';
import { checkVirtualAddress } from './virtual-address.js';
import { checkNumber, type NumberField } from './whole-number.js';

/** The mark of a service. */
export const fwmarkField: NumberField = {
  at: 'fwmark',
  lowest: 1,
  highest: highestFwmark,
  code: 'E_FWMARK',
};

/** The port of a service. */
export const portField: NumberField = {
  at: 'port',
  lowest: 0,
  highest: highestPort,
  code: 'E_PORT',
};

const identityExpected = 'either protocol, address and port, or fwmark';

/** What a service balances, as far as its settings depend on it. */
export type Traffic = 'udp' | 'marked' | 'other';

/** The identity of a service, and those parts of it that could be read where the whole could not. */
export interface CheckedIdentity {
  readonly key: ServiceIdentity | undefined;
  readonly family: Family | undefined;
  readonly traffic: Traffic | undefined;
  readonly port: number | undefined;
}

const unknownIdentity: CheckedIdentity = {
  key: undefined,
  family: undefined,
  traffic: undefined,
  port: undefined,
};

/** The traffic of a service that is already known. */
export function trafficOf(key: CompleteServiceKey): Traffic {
  if (key.kind === 'fwmark') return 'marked';
  return key.protocol === protocols.udp ? 'udp' : 'other';
}

/** Checks who the service that a caller describes is. */
export function checkServiceIdentity(
  fields: ServiceFields,
  input: object,
  report: Report,
  path: string,
): CheckedIdentity {
  const byMark = fields.fwmark !== undefined;
  const byEndpoint = fields.address !== undefined || fields.port !== undefined;
  if (byMark && byEndpoint) {
    report.error('E_IDENTITY', path, input, `${identityExpected}: not both`);
    return unknownIdentity;
  }
  if (byMark) return checkMark(fields, report, path);
  if (byEndpoint || fields.protocol !== undefined) return checkEndpoint(fields, report, path);
  report.error('E_IDENTITY', path, input, identityExpected);
  return unknownIdentity;
}

function checkMark(fields: ServiceFields, report: Report, path: string): CheckedIdentity {
  const fwmark = checkNumber(fields.fwmark, fwmarkField, report, path);
  if (fields.protocol !== undefined) {
    const expected = 'no protocol on a mark service';
    report.error('E_PROTOCOL', `${path}/protocol`, fields.protocol, expected);
  }
  const family = fields.family === undefined ? 'ipv4' : checkFamily(fields.family, report, path);
  const key = fwmark === undefined || family === undefined ? undefined : { fwmark, family };
  return { key, family, traffic: 'marked', port: undefined };
}

function checkFamily(value: unknown, report: Report, path: string): Family | undefined {
  if (value === 'ipv4' || value === 'ipv6') return value;
  return report.error('E_FWMARK', `${path}/family`, value, 'ipv4 or ipv6');
}

function checkEndpoint(fields: ServiceFields, report: Report, path: string): CheckedIdentity {
  const protocol =
    parseProtocol(fields.protocol) ??
    report.error('E_PROTOCOL', `${path}/protocol`, fields.protocol, protocolExpected);
  const parsed = checkVirtualAddress(fields.address, report, `${path}/address`);
  const port = checkNumber(fields.port, portField, report, path);
  if (fields.family !== undefined) {
    const expected = 'no family, which the address already says';
    report.error('E_IDENTITY', `${path}/family`, fields.family, expected);
  }
  const key =
    protocol === undefined || parsed === undefined || port === undefined
      ? undefined
      : { protocol, address: parsed.address, port };
  const traffic = protocol === undefined ? undefined : protocol === 'udp' ? 'udp' : 'other';
  return { key, family: parsed?.family, traffic, port };
}

import type { Address, Family } from '../../types/address.js';
import type { RuleNames } from '../../types/rules.js';
import type { Protocol } from '../../types/service.js';
import { parseAddress } from '../model/address.js';
import { highestPort } from '../model/endpoint.js';
import { readIpv4, readNumber } from './numbers.js';

/** An address and perhaps a port, as a command line names them. */
export interface NamedEndpoint {
  readonly family: Family;
  /** Canonical. */
  readonly address: Address;
  readonly port: number | undefined;
}

/**
 * Reads `host[:port]` as `ipvsadm` does: an IPv6 address is bare and without a port, or in brackets and with one; the port
 * behind an IPv4 address in brackets is not looked at. Hosts and ports can have names.
 */
export function readEndpoint(
  text: string,
  protocol: Protocol | undefined,
  names: RuleNames,
): NamedEndpoint | undefined {
  if (/^\d*$/.test(text)) return undefined;
  const bracketed = /^\[([^\]]*)\]:(.*)$/s.exec(text);
  if (text.startsWith('[') && bracketed === null) return undefined;
  const inside = bracketed?.[1] ?? text;
  const parsed = parseAddress(inside);
  if (parsed?.family === 'ipv6') {
    return withPort({ family: 'ipv6', address: parsed.address }, bracketed?.[2], protocol, names);
  }
  const colon = inside.lastIndexOf(':');
  const host = colon < 0 ? inside : inside.slice(0, colon);
  const address = readIpv4(host) ?? (host === '' ? undefined : names.host?.(host));
  if (address === undefined) return undefined;
  const port = colon < 0 ? undefined : inside.slice(colon + 1);
  return withPort({ family: 'ipv4', address }, port, protocol, names);
}

function withPort(
  end: Pick<NamedEndpoint, 'family' | 'address'>,
  text: string | undefined,
  protocol: Protocol | undefined,
  names: RuleNames,
): NamedEndpoint | undefined {
  if (text === undefined) return { ...end, port: undefined };
  const number = readNumber(text, 0, highestPort);
  const isName = number === undefined && text !== '' && protocol !== undefined;
  const port = isName ? names.port?.(text, protocol) : number;
  return port === undefined ? undefined : { ...end, port };
}

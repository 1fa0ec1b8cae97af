import type { ConnectionFilter, ConnectionState } from '../../types/connection.js';
import { parseAddress } from './address.js';
import { connectionStateExpected, parseConnectionState } from './connection-state.js';
import { resolveDestinationEnd } from './destination-id.js';
import type { Endpoint } from './endpoint.js';
import { isObject, type Mutable, reportUnknownField } from './fields.js';
import { InvalidValueError } from './invalid-value-error.js';
import { type Network, networkExpected, parseNetwork } from './network.js';
import { observedProtocolExpected, parseObservedProtocol } from './protocol.js';
import { throwingReport } from './report.js';
import { type CompleteServiceKey, resolveServiceRef } from './service-id.js';

/** A {@link ConnectionFilter}, checked. */
export interface CompleteConnectionFilter {
  /** IP protocol number. */
  readonly protocol?: number;
  readonly service?: CompleteServiceKey;
  readonly client?: Network;
  /** Without a port, any of the address. */
  readonly destination?: Endpoint;
  readonly state?: ConnectionState;
  readonly templates?: 'only' | 'exclude';
  readonly synced: boolean;
  readonly unique: boolean;
}

/** Checks a filter. Throws {@link InvalidValueError}. */
export function checkConnectionFilter(input: unknown): CompleteConnectionFilter {
  const filter: Mutable<CompleteConnectionFilter> = { synced: false, unique: false };
  if (input === undefined) return filter;
  if (!isObject(input)) throw new InvalidValueError('', input, 'an object of what to look for');
  for (const [name, value] of Object.entries(input)) {
    if (value !== undefined) checkField(filter, input, name, value);
  }
  return filter;
}

function checkField(
  filter: Mutable<CompleteConnectionFilter>,
  input: object,
  name: string,
  value: unknown,
): void {
  switch (name as keyof ConnectionFilter) {
    case 'protocol':
      filter.protocol = required(name, value, parseObservedProtocol, observedProtocolExpected);
      break;
    case 'service':
      filter.service = resolveServiceRef(value);
      break;
    case 'client':
      filter.client = required(name, value, parseNetwork, networkExpected);
      break;
    case 'destination':
      filter.destination = resolveDestination(value);
      break;
    case 'state':
      filter.state = required(name, value, parseConnectionState, connectionStateExpected);
      break;
    case 'templates':
      filter.templates = required(name, value, parseTemplates, 'only or exclude');
      break;
    case 'synced':
    case 'unique':
      filter[name as 'synced' | 'unique'] = required(name, value, parseBoolean, 'a boolean');
      break;
    default:
      reportUnknownField(throwingReport, '', input, name);
  }
}

function required<Value>(
  path: string,
  value: unknown,
  parse: (value: unknown) => Value | undefined,
  expected: string,
): Value {
  const parsed = parse(value);
  if (parsed === undefined) throw new InvalidValueError(path, value, expected);
  return parsed;
}

function resolveDestination(value: unknown): Endpoint {
  // Without a port no bracket is needed to tell where an IPv6 address ends.
  const parsed = parseAddress(value);
  if (parsed === undefined) return resolveDestinationEnd(value);
  return { family: parsed.family, address: parsed.address, port: undefined };
}

function parseTemplates(value: unknown): 'only' | 'exclude' | undefined {
  return value === 'only' || value === 'exclude' ? value : undefined;
}

function parseBoolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

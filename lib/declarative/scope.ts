import type { DesiredState } from '../../types/document.js';
import type { OwnerRecord, Scope, Selector } from '../../types/plan.js';
import type { Protocol, ServiceId } from '../../types/service.js';
import { familyOf, writeAddress } from '../model/address.js';
import { isObject } from '../model/fields.js';
import { InvalidValueError } from '../model/invalid-value-error.js';
import { type Network, networkExpected, parseNetwork } from '../model/network.js';
import { type ServiceIdentity, serviceFamily } from '../model/service-id.js';

/** Which services an owner may touch. */
export interface Ownership {
  /** Whether a service that the document names may be made, changed and removed. */
  covers(service: ServiceIdentity): boolean;
  /** Whether a service that is there belongs to the owner, so that it goes when the document does not name it. */
  owns(id: ServiceId, service: ServiceIdentity): boolean;
}

type Test = (service: ServiceIdentity) => boolean;

/** What a scope means for a document. Throws {@link InvalidValueError} for a scope that is none. */
export function ownershipOf(
  scope: Scope,
  desired: DesiredState,
  record: OwnerRecord | undefined,
): Ownership {
  const test = testOfScope(scope);
  if (scope.mode !== 'declared') return { covers: test, owns: (_id, service) => test(service) };
  const named = new Set<ServiceId>(record?.services);
  for (const { id } of desired.absent) named.add(id);
  return { covers: test, owns: (id) => named.has(id) };
}

/** Throws {@link InvalidValueError} for a scope that is none. */
export function checkScope(scope: Scope): void {
  testOfScope(scope);
}

function testOfScope(scope: Scope): Test {
  if (!isObject(scope)) throw new InvalidValueError('scope', scope, 'a scope: an object');
  switch (scope.mode) {
    case 'declared':
      return () => true;
    case 'selected': {
      const included = anyOf(scope.include, 'scope.include');
      const excluded = anyOf(scope.exclude ?? [], 'scope.exclude');
      return (service) => included(service) && !excluded(service);
    }
    case 'exclusive': {
      const excluded = anyOf(scope.exclude ?? [], 'scope.exclude');
      return (service) => !excluded(service);
    }
    default: {
      const expected = 'declared, selected or exclusive';
      throw new InvalidValueError('scope.mode', (scope as { mode: unknown }).mode, expected);
    }
  }
}

/** A scope in a few words: `selected (10.9.0.0/24)`. */
export function formatScope(scope: Scope): string {
  const parts: string[] = [];
  if (scope.mode === 'selected') parts.push(scope.include.map(formatSelector).join(' or '));
  if (scope.mode !== 'declared' && scope.exclude !== undefined && scope.exclude.length > 0) {
    parts.push(`not ${scope.exclude.map(formatSelector).join(' or ')}`);
  }
  return parts.length === 0 ? scope.mode : `${scope.mode} (${parts.join(', ')})`;
}

function formatSelector({ cidr, ports, protocol, fwmark, family }: Selector): string {
  const parts: string[] = [];
  if (protocol !== undefined) parts.push(protocol);
  if (cidr !== undefined) parts.push(cidr);
  if (ports !== undefined) parts.push(`ports ${ports.map(formatRange).join(',')}`);
  if (fwmark !== undefined) parts.push(`fwmark ${formatRange(fwmark)}`);
  if (family !== undefined) parts.push(family);
  return parts.length === 0 ? 'all' : parts.join(' ');
}

function formatRange(range: number | readonly [number, number]): string {
  return typeof range === 'number' ? String(range) : `${range[0]}-${range[1]}`;
}

function anyOf(selectors: readonly Selector[], path: string): Test {
  if (!Array.isArray(selectors)) {
    throw new InvalidValueError(path, selectors, 'an array of selectors');
  }
  const tests = selectors.map((selector, index) => testOf(selector, `${path}[${index}]`));
  return (service) => tests.some((test) => test(service));
}

const selectorFields = ['cidr', 'ports', 'protocol', 'fwmark', 'family'];

function testOf(selector: Selector, path: string): Test {
  if (!isObject(selector)) throw new InvalidValueError(path, selector, 'a selector: an object');
  for (const name of Object.keys(selector)) {
    if (!selectorFields.includes(name)) {
      throw new InvalidValueError(`${path}.${name}`, selector[name as keyof Selector], noField);
    }
  }
  const tests: Test[] = [];
  const { cidr, ports, protocol, fwmark, family } = selector;
  if (cidr !== undefined) tests.push(inNetwork(cidr, `${path}.cidr`));
  if (ports !== undefined) tests.push(onPorts(ports, `${path}.ports`));
  if (protocol !== undefined) tests.push(ofProtocol(protocol, `${path}.protocol`));
  if (fwmark !== undefined) tests.push(ofMark(fwmark, `${path}.fwmark`));
  if (family !== undefined) {
    if (family !== 'ipv4' && family !== 'ipv6') {
      throw new InvalidValueError(`${path}.family`, family, 'ipv4 or ipv6');
    }
    tests.push((service) => serviceFamily(service) === family);
  }
  return (service) => tests.every((test) => test(service));
}

const noField = 'one of cidr, ports, protocol, fwmark and family';

function inNetwork(cidr: string, path: string): Test {
  const network = parseNetwork(cidr);
  if (network === undefined) throw new InvalidValueError(path, cidr, networkExpected);
  const bytes = new Uint8Array(16);
  writeAddress(network.address, bytes, 0);
  return (service) => !('fwmark' in service) && contains(network, bytes, service.address);
}

const scratch = new Uint8Array(16);

function contains({ family, prefix }: Network, bytes: Uint8Array, address: string): boolean {
  if (familyOf(address) !== family) return false;
  writeAddress(address, scratch, 0);
  const whole = prefix >> 3;
  for (let index = 0; index < whole; index += 1) {
    if (bytes[index] !== scratch[index]) return false;
  }
  const mask = (0xff00 >> (prefix & 7)) & 0xff;
  return (((bytes[whole] ?? 0) ^ (scratch[whole] ?? 0)) & mask) === 0;
}

function onPorts(ports: NonNullable<Selector['ports']>, path: string): Test {
  if (!Array.isArray(ports)) throw new InvalidValueError(path, ports, 'an array of ports');
  const ranges = ports.map((range, index) => rangeOf(range, 0, 65_535, `${path}[${index}]`));
  return (service) => !('fwmark' in service) && ranges.some((range) => range(service.port));
}

function ofProtocol(protocol: Protocol, path: string): Test {
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) {
    throw new InvalidValueError(path, protocol, 'tcp, udp or sctp');
  }
  return (service) => !('fwmark' in service) && service.protocol === protocol;
}

function ofMark(fwmark: NonNullable<Selector['fwmark']>, path: string): Test {
  const range = rangeOf(fwmark, 1, 0xffffffff, path);
  return (service) => 'fwmark' in service && range(service.fwmark);
}

function rangeOf(
  value: number | readonly [number, number],
  lowest: number,
  highest: number,
  path: string,
): (number: number) => boolean {
  const ends: readonly unknown[] = Array.isArray(value) ? value : [value, value];
  const [first, last] = ends as readonly [number, number];
  const isNumber = (number: unknown) =>
    Number.isInteger(number) && (number as number) >= lowest && (number as number) <= highest;
  if (ends.length !== 2 || !isNumber(first) || !isNumber(last) || first > last) {
    const expected = `a whole number from ${lowest} to ${highest}, or two of them, the lower first`;
    throw new InvalidValueError(path, value, expected);
  }
  return (number) => number >= first && number <= last;
}

import type {
  BoundAddress,
  DiffOptions,
  Document,
  NetworkDevice,
  Plan,
  PlannedOperation,
  Snapshot,
} from 'ipvs';
import { diff } from 'ipvs';
import { desired, type Extras, snapshot } from './_state.js';

/** An operation in a line: `expand add-dest tcp/10.9.0.1:80 -> 10.2.0.1:80`. */
export function lineOf({ phase, op, service, destination, address }: PlannedOperation): string {
  const target = destination === undefined ? (service ?? address) : `${service} -> ${destination}`;
  return `${phase} ${op} ${target}`;
}

export function lines({ operations }: Plan): string[] {
  return operations.map(lineOf);
}

/** What is said about a plan: `W_ADOPTED tcp/10.9.0.1:80`. */
export function notes({ diagnostics }: Plan): string[] {
  return diagnostics.map(({ code, address }) =>
    address === undefined ? code : `${code} ${address}`,
  );
}

/** The operation of such a line. */
export function operation(plan: Plan, line: string): PlannedOperation {
  const found = plan.operations.find((each) => lineOf(each) === line);
  if (found === undefined) throw new Error(`no operation ${line} in:\n${lines(plan).join('\n')}`);
  return found;
}

/** The lines of the operations that must have been done before one. */
export function dependencies(plan: Plan, line: string): string[] {
  const ids = new Set(operation(plan, line).dependsOn);
  return plan.operations.filter(({ id }) => ids.has(id)).map(lineOf);
}

export type Services = Document['services'];

/** Both sides as documents have them. */
export interface Case extends DiffOptions {
  readonly before?: Services;
  readonly after?: Services;
  /** Sections of the document besides services. */
  readonly rest?: Omit<Partial<Document>, 'services'>;
  readonly actual?: Partial<Snapshot>;
  readonly connections?: NonNullable<Extras['connections']>;
}

/** The plan from one set of services to another. */
export function plan({
  before = [],
  after = [],
  rest = {},
  actual = {},
  connections = {},
  ...options
}: Case): Plan {
  const extras = { connections, snapshot: actual };
  return diff(desired(after, rest), snapshot(before, extras), options);
}

export const everything = { mode: 'exclusive' } as const;

export const web = { protocol: 'tcp', address: '10.9.0.1', port: 80 } as const;
export const webId = 'tcp/10.9.0.1:80';
export const dns = { protocol: 'udp', address: '10.9.0.2', port: 53 } as const;
export const dnsId = 'udp/10.9.0.2:53';

/** A dummy device with addresses. */
export function device(...addresses: readonly (string | BoundAddress)[]): {
  readonly addresses: readonly BoundAddress[];
  readonly devices: Readonly<Record<string, NetworkDevice>>;
} {
  return {
    addresses: addresses.map((each) => (typeof each === 'string' ? bound(each) : each)),
    devices: { ipvs0: { name: 'ipvs0', kind: 'dummy' } },
  };
}

/** An address as it is bound: `10.9.0.1/32`. */
export function bound(
  text: string,
  name = 'ipvs0',
  scope: BoundAddress['scope'] = 'global',
): BoundAddress {
  const [address = '', prefix] = text.split('/');
  const whole = address.includes(':') ? 128 : 32;
  return {
    device: name,
    address,
    prefixLength: prefix === undefined ? whole : Number(prefix),
    scope,
  };
}

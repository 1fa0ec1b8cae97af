import type { Family } from '../../types/address.js';
import type { Persistence } from '../../types/service.js';
import { isObject, type Mutable, reportUnknownField } from './fields.js';
import { formatNetmask, fullPrefix, parseNetmask } from './netmask.js';
import type { Report } from './report.js';
import { isModuleName, moduleNameExpected } from './scheduler.js';
import type { Traffic } from './service-identity.js';
import { checkNumber, type NumberField } from './whole-number.js';

/** Up to 31 days, as in `ipvsadm`; somewhere above the kernel wraps silently. */
export const timeoutField: NumberField = {
  at: 'persistence/timeout',
  lowest: 1,
  highest: 2_678_400,
  code: 'E_PERSISTENCE_TIMEOUT',
};

/** Seconds of a persistence that names none. */
export const defaultTimeout = 360;

/** The parts of persistence that a caller named, canonical. */
export interface PersistenceParts {
  readonly timeout?: number;
  readonly netmask?: string | number;
  /** Empty: no engine. Only in changes. */
  readonly engine?: string;
}

/** What `engine` may be: in changes also empty, which removes it. */
export type EngineRule = 'name' | 'name-or-empty';

/** What a persistence is checked against; `undefined` where the service's identity could not be read. */
export interface PersistenceContext {
  readonly family: Family | undefined;
  readonly traffic: Traffic | undefined;
  readonly engine: EngineRule;
}

/** The persistence at hand after changes, `undefined` for off: see `ServiceChanges`. */
export function changePersistence(
  current: Persistence | undefined,
  changes: boolean | PersistenceParts | undefined,
  family: Family,
): Persistence | undefined {
  if (changes === undefined) return current;
  if (changes === false) return undefined;
  if (changes === true) return defaultPersistence(family);
  const base = current ?? defaultPersistence(family);
  const { timeout = base.timeout, netmask = base.netmask, engine = base.engine } = changes;
  return engine === undefined || engine === ''
    ? { timeout, netmask }
    : { timeout, netmask, engine };
}

/** Checks the field `persistence` of what stands at `path`: a boolean stays one, the parts of an object become canonical. */
export function checkPersistence(
  input: unknown,
  context: PersistenceContext,
  report: Report,
  path: string,
): boolean | PersistenceParts | undefined {
  if (typeof input === 'boolean') return input;
  if (!isObject(input)) {
    return report.error('E_SCHEMA', `${path}/persistence`, input, 'a boolean or an object');
  }
  const fields = readFields(input, report, path);
  const parts: Mutable<PersistenceParts> = {};
  if (fields.timeout !== undefined) {
    const timeout = checkNumber(fields.timeout, timeoutField, report, path);
    if (timeout !== undefined) parts.timeout = timeout;
  }
  if (fields.netmask !== undefined && context.family !== undefined) {
    const netmask = checkNetmask(fields.netmask, context.family, report, path);
    if (netmask !== undefined) parts.netmask = netmask;
  }
  if (fields.engine !== undefined) {
    const engine = checkEngine(fields.engine, context, report, path);
    if (engine !== undefined) parts.engine = engine;
  }
  return parts;
}

function defaultPersistence(family: Family): Persistence {
  return { timeout: defaultTimeout, netmask: formatNetmask(fullPrefix(family), family) };
}

function checkNetmask(
  value: unknown,
  family: Family,
  report: Report,
  path: string,
): string | number | undefined {
  const prefix = parseNetmask(value, family);
  if (prefix !== undefined) return formatNetmask(prefix, family);
  const expected =
    family === 'ipv4'
      ? 'a contiguous dotted mask or a prefix length from 1 to 32'
      : 'a prefix length from 1 to 128';
  return report.error('E_NETMASK', `${path}/persistence/netmask`, value, expected);
}

function checkEngine(
  value: unknown,
  context: PersistenceContext,
  report: Report,
  path: string,
): string | undefined {
  if (value === '' && context.engine === 'name-or-empty') return value;
  const isName = isModuleName(value);
  if (isName && !(value === 'sip' && isNotUdp(context.traffic))) return value;
  const expected = isName ? 'another engine: sip needs a UDP service' : moduleNameExpected;
  return report.error('E_ENGINE', `${path}/persistence/engine`, value, expected);
}

function isNotUdp(traffic: Traffic | undefined): boolean {
  return traffic !== undefined && traffic !== 'udp';
}

interface Fields {
  timeout?: unknown;
  netmask?: unknown;
  engine?: unknown;
}

function readFields(input: Fields, report: Report, path: string): Fields {
  const fields: Fields = { timeout: undefined, netmask: undefined, engine: undefined };
  for (const name of Object.keys(input)) {
    switch (name) {
      case 'timeout':
        fields.timeout = input.timeout;
        break;
      case 'netmask':
        fields.netmask = input.netmask;
        break;
      case 'engine':
        fields.engine = input.engine;
        break;
      default:
        reportUnknownField(report, `${path}/persistence`, input, name);
    }
  }
  return fields;
}

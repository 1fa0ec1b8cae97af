import type { Family } from '../../types/address.js';
import type { Persistence } from '../../types/service.js';
import { isObject, type Mutable, reportUnknownField } from './fields.js';
import { formatNetmask, fullPrefix, parseNetmask } from './netmask.js';
import type { Report } from './report.js';
import { isModuleName, moduleNameExpected } from './scheduler.js';
import type { Traffic } from './service-identity.js';
import { checkWholeNumber } from './whole-number.js';

/** The longest persistence timeout, in seconds: 31 days, as in `ipvsadm`; the kernel wraps silently somewhere above. */
export const longestPersistence = 2_678_400;

const defaultTimeout = 360;

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
  return engine === undefined || engine === '' ? { timeout, netmask } : { timeout, netmask, engine };
}

/** Checks the field `persistence` of what stands at `path`: a boolean stays one, the parts of an object become canonical. */
export function checkPersistence(
  input: unknown,
  context: PersistenceContext,
  report: Report,
  path: string,
): boolean | PersistenceParts | undefined {
  if (typeof input === 'boolean') return input;
  const at = `${path}/persistence`;
  if (!isObject(input)) return report.error('E_SCHEMA', at, input, 'a boolean or an object');

  const fields = readFields(input, report, at);
  const parts: Mutable<PersistenceParts> = {};
  if (fields.timeout !== undefined) {
    const code = 'E_PERSISTENCE_TIMEOUT';
    const timeout = checkWholeNumber(fields.timeout, 1, longestPersistence, code, report, at, 'timeout');
    if (timeout !== undefined) parts.timeout = timeout;
  }
  if (fields.netmask !== undefined && context.family !== undefined) {
    const netmask = checkNetmask(fields.netmask, context.family, report, at);
    if (netmask !== undefined) parts.netmask = netmask;
  }
  if (fields.engine !== undefined) {
    const engine = checkEngine(fields.engine, context, report, at);
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
  return report.error('E_NETMASK', `${path}/netmask`, value, expected);
}

function checkEngine(
  value: unknown,
  context: PersistenceContext,
  report: Report,
  path: string,
): string | undefined {
  if (value === '' && context.engine === 'name-or-empty') return value;
  const at = `${path}/engine`;
  if (!isModuleName(value)) return report.error('E_ENGINE', at, value, moduleNameExpected);
  if (value === 'sip' && context.traffic !== undefined && context.traffic !== 'udp') {
    return report.error('E_ENGINE', at, value, 'another engine: sip needs a UDP service');
  }
  return value;
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
        reportUnknownField(report, path, input, name);
    }
  }
  return fields;
}

import type { Address } from '../../types/address.js';
import type { SyncDaemonSpec, SyncRole } from '../../types/daemon.js';
import { parseAddress } from './address.js';
import { deviceNameExpected, isDeviceName } from './device-name.js';
import { highestPort } from './endpoint.js';
import { isObject, type Mutable, reportUnknownField } from './fields.js';
import type { Report } from './report.js';
import { checkNumber, type NumberField } from './whole-number.js';

/** The kernel's numbers of the roles. */
export const syncRoles = { master: 1, backup: 2 } as const satisfies Record<SyncRole, number>;

const roleExpected = 'master or backup';
const groupExpected = 'a multicast address: 224.0.0.0 to 239.255.255.255, or ff00::/8';

const code = 'E_SYNC_DAEMON';

/** What fits a UDP datagram over IPv4. */
const longestMessage = 65507;

type NumberName = 'syncId' | 'maxLength' | 'port' | 'ttl';

const numberFields: Readonly<Record<NumberName, NumberField>> = {
  syncId: { at: 'syncId', lowest: 0, highest: 255, code },
  maxLength: { at: 'maxLength', lowest: 1, highest: longestMessage, code },
  port: { at: 'port', lowest: 1, highest: highestPort, code },
  ttl: { at: 'ttl', lowest: 1, highest: 255, code },
};

/** Checks the role of a daemon, which stands at `path`. */
export function checkSyncRole(value: unknown, report: Report, path: string): SyncRole | undefined {
  if (value === 'master' || value === 'backup') return value;
  return report.error(code, path, value, roleExpected);
}

/**
 * Checks a sync daemon to start: its role and interface, and what else it names; what it does not name is absent from the
 * answer and for the kernel to choose. A listed one will do. `undefined` after any error.
 */
export function checkSyncDaemonSpec(
  input: unknown,
  report: Report,
  path: string,
): SyncDaemonSpec | undefined {
  if (!isObject(input)) return report.error('E_SCHEMA', path, input, 'a sync daemon: an object');
  const errorsBefore = report.errorCount;
  const fields = new Map<string, unknown>(Object.entries(input));
  const role = checkSyncRole(fields.get('role'), report, `${path}/role`);
  const device = checkInterface(fields.get('interface'), report, `${path}/interface`);
  const rest: Mutable<Omit<SyncDaemonSpec, 'role' | 'interface'>> = {};
  for (const [name, value] of fields) {
    if (value === undefined || name === 'role' || name === 'interface') continue;
    if (isNumberName(name)) {
      const number = checkNumber(value, numberFields[name], report, path);
      if (number !== undefined) rest[name] = number;
    } else if (name === 'group') {
      const group = checkGroup(value, report, `${path}/group`);
      if (group !== undefined) rest.group = group;
    } else {
      reportUnknownField(report, path, input, name);
    }
  }
  if (report.errorCount !== errorsBefore || role === undefined || device === undefined) {
    return undefined;
  }
  return { role, interface: device, ...rest };
}

function isNumberName(name: string): name is NumberName {
  return Object.hasOwn(numberFields, name);
}

function checkInterface(value: unknown, report: Report, path: string): string | undefined {
  return isDeviceName(value) ? value : report.error(code, path, value, deviceNameExpected);
}

function checkGroup(value: unknown, report: Report, path: string): Address | undefined {
  const parsed = parseAddress(value);
  if (parsed?.kind === 'multicast') return parsed.address;
  return report.error(code, path, value, groupExpected);
}

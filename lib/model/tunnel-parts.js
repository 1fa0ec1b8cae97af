import { highestPort } from './endpoint.js';
import { isObject, reportUnknownField } from './fields.js';
import { defaultTunnel, parseTunnelChecksum, parseTunnelType } from './tunnel.js';
import { checkNumber } from './whole-number.js';
/** The UDP port of a tunnel. */
export const tunnelPortField = {
  at: 'tunnel/port',
  lowest: 1,
  highest: highestPort,
  code: 'E_TUNNEL',
};
const typeExpected = 'ipip, gue or gre';
const checksumExpected = 'none, full or remote';
/** Checks the parts of the field `tunnel` of what stands at `path`, each by itself. `undefined` after any error. */
export function checkTunnelParts(input, report, path) {
  if (!isObject(input)) {
    const expected = 'an object with type, port or checksum';
    return report.error('E_TUNNEL', `${path}/tunnel`, input, expected);
  }
  const errorsBefore = report.errorCount;
  const fields = readFields(input, report, path);
  const parts = {};
  if (fields.type !== undefined) {
    const type = parseTunnelType(fields.type);
    if (type !== undefined) parts.type = type;
    else report.error('E_TUNNEL', `${path}/tunnel/type`, fields.type, typeExpected);
  }
  if (fields.port !== undefined) {
    const port = checkNumber(fields.port, tunnelPortField, report, path);
    if (port !== undefined) parts.port = port;
  }
  if (fields.checksum !== undefined) {
    const checksum = parseTunnelChecksum(fields.checksum);
    if (checksum !== undefined) parts.checksum = checksum;
    else report.error('E_TUNNEL', `${path}/tunnel/checksum`, fields.checksum, checksumExpected);
  }
  return report.errorCount === errorsBefore ? parts : undefined;
}
/**
 * The tunnel at hand, or the default one, with those parts replaced; another type begins with defaults. Checks that the
 * parts go together. `undefined` after any error.
 */
export function changeTunnel(current, parts, report, path) {
  if (parts === undefined) return current ?? defaultTunnel;
  const sameType = parts.type === undefined || parts.type === current?.type;
  const base = current !== undefined && sameType ? current : defaultTunnel;
  const { type = base.type, port = base.port, checksum = base.checksum } = parts;
  const errorsBefore = report.errorCount;
  if (type === 'gue' && port === undefined) {
    const expected = 'a port from 1 to 65535, which gue needs';
    report.error('E_TUNNEL', `${path}/tunnel/port`, port, expected);
  }
  if (type !== 'gue' && parts.port !== undefined) {
    report.error('E_TUNNEL', `${path}/tunnel/port`, port, `no port with type ${type}`);
  }
  if (type !== 'gue' && parts.checksum === 'remote') {
    report.error('E_TUNNEL', `${path}/tunnel/checksum`, checksum, `none or full with type ${type}`);
  }
  if (report.errorCount !== errorsBefore) return undefined;
  return port === undefined ? { type, checksum } : { type, port, checksum };
}
function readFields(input, report, path) {
  const fields = { type: undefined, port: undefined, checksum: undefined };
  for (const name of Object.keys(input)) {
    switch (name) {
      case 'type':
        fields.type = input.type;
        break;
      case 'port':
        fields.port = input.port;
        break;
      case 'checksum':
        fields.checksum = input.checksum;
        break;
      default:
        reportUnknownField(report, `${path}/tunnel`, input, name);
    }
  }
  return fields;
}

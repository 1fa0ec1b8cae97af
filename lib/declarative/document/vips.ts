import type { Address } from '../../../types/address.js';
import type { DesiredVips } from '../../../types/document.js';
import { compareAddresses } from '../../model/address.js';
import { checkDeviceName } from '../../model/device-name.js';
import { isObject } from '../../model/fields.js';
import type { Report } from '../../model/report.js';
import { checkAddressToBind } from '../../model/virtual-address.js';
import { isOneOf, readFields } from './read-fields.js';

/** Addresses that may be listed. */
export const mostAddresses = 1_000_000;

/** Who the other addresses on the device belong to. */
export const vipOwners = ['device', 'declared'] as const;

/** Checks the section `vips` and completes it. `undefined` after any error. */
export function checkVips(input: unknown, report: Report, path: string): DesiredVips | undefined {
  if (!isObject(input)) return report.error('E_SCHEMA', path, input, 'an object with a device');
  const errorsBefore = report.errorCount;
  const fields = readFields(input, ['device', 'create', 'bind', 'own'], report, path);
  const device = checkDeviceName(fields.device, report, `${path}/device`);
  const { create = true, bind = 'services', own = 'device' } = fields;
  if (typeof create !== 'boolean') report.error('E_VIP', `${path}/create`, create, 'a boolean');
  if (!isOneOf(own, vipOwners)) report.error('E_VIP', `${path}/own`, own, 'device or declared');
  const addresses = bind === 'services' ? bind : checkAddresses(bind, report, `${path}/bind`);

  if (report.errorCount !== errorsBefore || device === undefined || addresses === undefined) {
    return undefined;
  }
  return {
    device,
    create: create === true,
    bind: addresses,
    own: isOneOf(own, vipOwners) ? own : 'device',
  };
}

/** Canonical, in canonical order, each once. */
function checkAddresses(input: unknown, report: Report, path: string): Address[] | undefined {
  if (!Array.isArray(input) || input.length > mostAddresses) {
    const expected = `services, or an array of at most ${mostAddresses} addresses`;
    return report.error('E_VIP', path, input, expected);
  }
  const errorsAsVips = asErrorsOfVips(report);
  const addresses = new Set<Address>();
  for (let index = 0; index < input.length; index += 1) {
    const parsed = checkAddressToBind(input[index], errorsAsVips, `${path}/${index}`);
    if (parsed !== undefined) addresses.add(parsed.address);
  }
  return [...addresses].sort(compareAddresses);
}

/** Whatever is wrong with an address of the section is an error of the section. */
function asErrorsOfVips(report: Report): Report {
  return {
    get errorCount() {
      return report.errorCount;
    },
    error: (_code, path, value, expected) => report.error('E_VIP', path, value, expected),
    warn: (code, path, value, message) => report.warn(code, path, value, message),
  };
}

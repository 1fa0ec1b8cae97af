import type { BoundAddress } from '../../../types/device.js';
import type { VipSpec } from '../../../types/document.js';
import { compareAddresses, familyOf } from '../../model/address.js';
import { fullPrefix } from '../../model/netmask.js';
import { CollectingReport } from '../../model/report.js';
import { checkAddressToBind } from '../../model/virtual-address.js';

/**
 * The section `vips` that says of the device what is so: the addresses bound for services, and the others left alone.
 * The device is not made where it is missing.
 */
export function exportVips(device: string, addresses: readonly BoundAddress[]): VipSpec {
  const own = addresses.filter((each) => each.device === device && each.scope === 'global');
  const bound = own.filter(canBeAskedFor).map(({ address }) => address);
  const bind = [...new Set(bound)].sort(compareAddresses);
  const others = own.some((each) => !canBeAskedFor(each));
  return others
    ? { device, create: false, bind, own: 'declared' }
    : { device, create: false, bind };
}

function canBeAskedFor({ address, prefixLength }: BoundAddress): boolean {
  if (prefixLength !== fullPrefix(familyOf(address))) return false;
  const parsed = checkAddressToBind(address, new CollectingReport(), '');
  return parsed?.address === address;
}

import type { Operation } from '../../types/error.js';
import type { Meaning } from './errors.js';

const noDevice: Meaning = () => 'there is no such network device in this namespace';

const noIpv6: Meaning = () =>
  'IPv6 is disabled on the device (net.ipv6.conf.<device>.disable_ipv6), or in the kernel';

const noPrivilege: Meaning = () =>
  'that needs CAP_NET_ADMIN in the user namespace that owns the network namespace';

const otherKind: Meaning = ({ kind = '' }) => {
  const what = kind === '' ? 'a physical or built-in one' : `of the kind "${kind}"`;
  return `the device of this name is ${what}, not a dummy: it is left as it is`;
};

/** What an errno means for the calls about devices and addresses. ENOTSUP is Node's name for EOPNOTSUPP. */
export const deviceMeanings: Partial<Record<`${Operation} ${string}`, Meaning>> = {
  'ensure-dummy EEXIST': (details) =>
    details.kind === undefined
      ? 'a device of this name came and went: try again'
      : otherKind(details),
  'ensure-dummy ENOTSUP': () =>
    'this kernel has no dummy devices: load the module with "modprobe dummy", or use a kernel built with CONFIG_DUMMY',
  'ensure-dummy EPERM': noPrivilege,
  'remove-dummy EEXIST': otherKind,
  'remove-dummy ENODEV': noDevice,
  'remove-dummy EPERM': noPrivilege,
  'list-addresses ENODEV': noDevice,
  'bind-address EEXIST': () =>
    'the address is already bound to this device: IPv4 with this prefix length, IPv6 with whatever one',
  'bind-address ENODEV': noDevice,
  'bind-address EADDRNOTAVAIL': () =>
    'the kernel takes no such address here: the IPv6 loopback address belongs to lo alone',
  'bind-address EINVAL': () =>
    'the device takes no such address: its MTU is below 1280, which IPv6 needs',
  'bind-address EACCES': noIpv6,
  'bind-address ENOTSUP': noIpv6,
  'bind-address ENOBUFS': () =>
    'the device takes no IPv4 address: its MTU is below 68; or the kernel is out of memory',
  'bind-address EPERM': noPrivilege,
  'unbind-address ENODEV': noDevice,
  'unbind-address EADDRNOTAVAIL': () =>
    'the device has no such address of this prefix length; with another it is left alone',
  'unbind-address ENXIO': noIpv6,
  'unbind-address ENOTSUP': noIpv6,
  'unbind-address EPERM': noPrivilege,
};

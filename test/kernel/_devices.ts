import type { BoundAddress } from 'ipvs';
import type { Namespace } from './_namespace.js';

/** What `ip` says of an address. */
interface SeenAddress {
  readonly family: 'inet' | 'inet6';
  readonly local: string;
  readonly prefixlen: number;
  readonly scope: string;
  readonly nodad?: boolean;
  readonly tentative?: boolean;
  readonly valid_life_time: number;
}

/** What `ip` says of a device. */
interface SeenDevice {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly operstate: string;
  readonly addr_info: readonly SeenAddress[];
  readonly linkinfo?: { readonly info_kind?: string };
}

/** The devices of a namespace with their addresses, as the independent reader sees them. */
export async function seenDevices(
  { run }: Namespace,
  ...device: readonly [string?]
): Promise<SeenDevice[]> {
  const which = device[0] === undefined ? [] : ['dev', device[0]];
  const text = await run('ip', '-j', '-d', 'address', 'show', ...which);
  return (JSON.parse(text) as SeenDevice[]).filter(({ ifname }) => ifname !== undefined);
}

/** `address/length scope` of each address on a device, in the order of the kernel. */
export async function seenAddresses(namespace: Namespace, device: string): Promise<string[]> {
  const devices = await seenDevices(namespace, device);
  return devices.flatMap(({ addr_info }) =>
    addr_info.map(({ local, prefixlen, scope }) => `${local}/${prefixlen} ${scope}`),
  );
}

/** The same of what the library lists. */
export function show(addresses: readonly BoundAddress[]): string[] {
  return addresses.map(({ address, prefixLength, scope }) => `${address}/${prefixLength} ${scope}`);
}

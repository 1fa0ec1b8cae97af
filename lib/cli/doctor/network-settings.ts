import type { Family } from '../../../types/address.js';
import type { NetworkFiles } from './network-files.js';

/** The sysctls of the network that matter, as they are in force. */
export interface NetworkSettings {
  /** Whether packets between others are passed on. */
  readonly forwarding: Readonly<Record<Family, boolean | undefined>>;
  readonly devices: ReadonlyMap<string, DeviceSettings>;
}

/** The settings of a device: the higher of its own and those of all devices. */
export interface DeviceSettings {
  readonly reversePathFilter: number;
  readonly arpIgnore: number;
  readonly arpAnnounce: number;
}

/** Reads the settings of the named devices. */
export async function readNetworkSettings(
  files: Pick<NetworkFiles, 'setting'>,
  devices: readonly string[],
): Promise<NetworkSettings> {
  const flag = async (name: string) => {
    const text = await files.setting(name);
    return text === undefined ? undefined : text !== '0';
  };
  const [ipv4, ipv6, all, ...each] = await Promise.all([
    flag('ipv4/ip_forward'),
    flag('ipv6/conf/all/forwarding'),
    readDevice(files, 'all'),
    ...devices.map((name) => readDevice(files, name)),
  ]);
  return {
    forwarding: { ipv4, ipv6 },
    devices: new Map(
      devices.map((name, index) => [name, highest(all, each[index] as DeviceSettings)]),
    ),
  };
}

async function readDevice(
  files: Pick<NetworkFiles, 'setting'>,
  device: string,
): Promise<DeviceSettings> {
  const number = async (name: string) =>
    Number((await files.setting(`ipv4/conf/${device}/${name}`)) ?? 0);
  const [reversePathFilter, arpIgnore, arpAnnounce] = await Promise.all([
    number('rp_filter'),
    number('arp_ignore'),
    number('arp_announce'),
  ]);
  return { reversePathFilter, arpIgnore, arpAnnounce };
}

function highest(one: DeviceSettings, other: DeviceSettings): DeviceSettings {
  return {
    reversePathFilter: Math.max(one.reversePathFilter, other.reversePathFilter),
    arpIgnore: Math.max(one.arpIgnore, other.arpIgnore),
    arpAnnounce: Math.max(one.arpAnnounce, other.arpAnnounce),
  };
}

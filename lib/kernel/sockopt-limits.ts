import type { SyncDaemonSpec } from '../../types/daemon.js';
import type { Tunnel } from '../../types/destination.js';
import { familyOf } from '../model/address.js';
import { protocolName, protocols } from '../model/protocol.js';
import type { CompleteServiceKey } from '../model/service-id.js';

// What the socket options of IPVS cannot carry. Each of these gives the reason, or nothing where they can. To the kernel
// most of it would be something else: another protocol an obscure errno, an engine or a tunnel none.

const instead =
  'open with the transport "netlink", which needs CAP_NET_ADMIN in the initial user namespace';

/** Why a service cannot be read. */
export function limitOfService(key: CompleteServiceKey): string | undefined {
  return key.family === 'ipv6' ? reason('know no services of IPv6') : undefined;
}

/** Why nothing can be written to a service, its destinations included. */
export function limitOfServiceChange(key: CompleteServiceKey): string | undefined {
  if (key.kind === 'address' && !balanced.has(key.protocol)) {
    return reason(`know no services of ${protocolName(key.protocol)}`);
  }
  return limitOfService(key);
}

/** Why a service cannot have this engine. */
export function limitOfEngine(engine: string | undefined): string | undefined {
  return engine === undefined || engine === '' ? undefined : reason('know no persistence engines');
}

/** Why a service cannot be zeroed: without address and port the kernel takes it for all of them. */
export function limitOfZero(key: CompleteServiceKey): string | undefined {
  if (key.kind === 'address' && key.address === '0.0.0.0' && key.port === 0) {
    return reason('cannot zero a service of address 0.0.0.0 and port 0 alone');
  }
  return limitOfServiceChange(key);
}

/** Why a destination cannot be named. Its service is of IPv4. */
export function limitOfDestination(address: string): string | undefined {
  return familyOf(address) === 'ipv6' ? reason('know no destinations of IPv6') : undefined;
}

/** Why a destination cannot have this tunnel, or these parts of one. */
export function limitOfTunnel(tunnel: Partial<Tunnel> | undefined): string | undefined {
  const { type = 'ipip', port = 0, checksum = 'none' } = tunnel ?? {};
  if (type !== 'ipip') return reason(`know no tunnels of type ${type}`);
  return port === 0 && checksum === 'none'
    ? undefined
    : reason('know neither port nor checksum of a tunnel');
}

/** Why a sync daemon cannot be started so. */
export function limitOfSyncDaemon(spec: SyncDaemonSpec): string | undefined {
  const { maxLength, group, port, ttl } = spec;
  return (maxLength ?? group ?? port ?? ttl) === undefined
    ? undefined
    : reason('know neither group, port, length nor TTL of a sync daemon');
}

const balanced: ReadonlySet<number> = new Set(Object.values(protocols));

function reason(what: string): string {
  return `the socket options ${what}: ${instead}`;
}

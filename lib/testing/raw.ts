import type { CompleteDestinationKey } from '../model/destination-id.js';
import type { CompleteServiceKey } from '../model/service-id.js';

/** Bits of a service's flags, as in `<linux/ip_vs.h>`. */
export const serviceFlag = {
  persistent: 0x01,
  /** The kernel's own mark of a service in its table. */
  hashed: 0x02,
  onePacket: 0x04,
  scheduler1: 0x08,
  scheduler2: 0x10,
  scheduler3: 0x20,
} as const;

/** The bits that the library writes; all others stay as they are. */
export const writtenFlags = 0x3d;

/** Counters, as the kernel keeps them. */
export interface RawStats {
  connections: bigint;
  packetsIn: bigint;
  packetsOut: bigint;
  bytesIn: bigint;
  bytesOut: bigint;
}

/** What is written of a service: everything but its identity. */
export interface ServiceRequest {
  /** `none` for none. */
  readonly scheduler: string;
  readonly flags: number;
  /** Which bits of the flags are written. */
  readonly mask: number;
  /** Seconds; meaningful with the flag for persistence. */
  readonly timeout: number;
  /** IPv4: the mask as a number; IPv6: the prefix length. */
  readonly netmask: number;
  /** Empty for none. */
  readonly engine: string;
}

/** A service as the kernel holds it, leftovers included. */
export interface RawService {
  readonly key: CompleteServiceKey;
  scheduler: string;
  flags: number;
  timeout: number;
  netmask: number;
  engine: string;
  /** Newest first. */
  destinations: RawDestination[];
  readonly stats: RawStats;
}

/** What is written of a destination: everything but its identity. */
export interface DestinationRequest {
  /** The kernel's number of the forwarding method. */
  readonly forward: number;
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly tunnelType: number;
  readonly tunnelPort: number;
  readonly tunnelFlags: number;
}

/** A destination as the kernel holds it, whether a service has it or it waits in the trash. */
export interface RawDestination {
  readonly key: CompleteDestinationKey;
  forward: number;
  weight: number;
  /** The last weight that was not 0, by which `mh` keeps its share of the table. */
  lastWeight: number;
  upperThreshold: number;
  lowerThreshold: number;
  /** Kept whatever the forwarding method. */
  tunnelType: number;
  tunnelPort: number;
  tunnelFlags: number;
  /** Part of its service, and not in the trash. */
  available: boolean;
  /** At its upper threshold, and not yet below its lower one again. */
  overloaded: boolean;
  activeConnections: number;
  inactiveConnections: number;
  /** Templates that point to it. */
  persistentConnections: number;
  /** The service that it belongs to, or belonged to when it was removed. */
  service: RawService;
  readonly stats: RawStats;
}

export function emptyStats(): RawStats {
  return { connections: 0n, packetsIn: 0n, packetsOut: 0n, bytesIn: 0n, bytesOut: 0n };
}

export function clearStats(stats: RawStats): void {
  Object.assign(stats, emptyStats());
}

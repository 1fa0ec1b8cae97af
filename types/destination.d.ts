import type { Address } from './address.js';
import type { Brand } from './brand.js';
import type { Stats } from './stats.js';

/** The canonical text of a destination's identity inside its service: `10.1.0.5:8080`, `[fd02::2]:8080`. */
export type DestinationId = Brand<string, 'DestinationId'>;

/** What the kernel tells one destination of a service from another by. */
export interface DestinationKey {
  readonly address: Address;
  /** 0 to 65535. Default: the service's port, and 0 (the port the packet came to) on a mark service. */
  readonly port?: number;
}

/** Anything that names a destination: its id in any spelling, its key, or an object that carries one. */
export type DestinationRef = string | DestinationKey;

/**
 * How packets reach the destination. `masquerade`: addresses are rewritten both ways; `tunnel`: wrapped and sent
 * on; `direct`: only the link-layer address changes. The last two leave the answer to the destination itself.
 */
export type Forward = 'masquerade' | 'tunnel' | 'direct';

/** A forwarding method as the kernel holds it; those beyond {@link Forward} can be read, not requested. */
export type ObservedForward = Forward | 'local' | 'bypass' | `method-${number}`;

/** What a tunnelled packet is wrapped in. */
export type TunnelType = 'ipip' | 'gue' | 'gre';

/** The checksum of the wrapping. `remote` is for `gue` only. */
export type TunnelChecksum = 'none' | 'full' | 'remote';

/** The wrapping of a tunnelled destination, complete. Numbers beyond the known names are read as they are. */
export interface Tunnel {
  readonly type: TunnelType | `type-${number}`;
  /** The UDP port the destination unwraps at; `gue` only. */
  readonly port?: number;
  readonly checksum: TunnelChecksum | `checksum-${number}`;
}

/** {@link Tunnel} as a caller writes it. */
export interface TunnelSpec {
  readonly type: TunnelType;
  /** 1 to 65535; needed for `gue`, refused for the others. */
  readonly port?: number;
  /** Default `none`. */
  readonly checksum?: TunnelChecksum;
}

/** What can be set on a destination; what is absent gets its default. */
export interface DestinationSettings {
  /** Default `masquerade`. */
  readonly forward?: Forward;
  /** Share of new connections, 0 to 2147483647; 0 takes no new ones and keeps the open ones. Default 1. */
  readonly weight?: number;
  /** No new connections at this many, active and inactive together; 0 is no limit. Default 0. */
  readonly upperThreshold?: number;
  /** New connections again below this many; 0 is three quarters of the upper threshold. Default 0. */
  readonly lowerThreshold?: number;
  /** Only with `forward: 'tunnel'`. Default `{ type: 'ipip', checksum: 'none' }`. */
  readonly tunnel?: TunnelSpec;
}

/** A destination as a caller writes it. */
export interface DestinationSpec extends DestinationKey, DestinationSettings {}

/**
 * The fields of a destination to change; what is absent stays as it is. Within `tunnel` the parts not named stay,
 * unless the type changes.
 */
export interface DestinationChanges extends Omit<DestinationSettings, 'tunnel'> {
  readonly tunnel?: Partial<TunnelSpec>;
}

/** A destination, complete and canonical. */
export interface Destination {
  readonly address: Address;
  readonly port: number;
  readonly forward: ObservedForward;
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  /** Present exactly with `forward: 'tunnel'`. */
  readonly tunnel?: Tunnel;
}

/** A destination as the kernel holds it. */
export interface ObservedDestination extends Destination {
  readonly id: DestinationId;
  /** Connections in a state that counts as live (TCP: established, or being set up). */
  readonly activeConnections: number;
  /** The others: TCP connections winding down, and every UDP flow. */
  readonly inactiveConnections: number;
  /** Persistence templates that point here. */
  readonly persistentConnections: number;
  readonly stats: Stats;
}

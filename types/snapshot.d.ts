import type { CallOptions } from './config.js';
import type { ObservedDestination } from './destination.js';
import type { ObservedService } from './service.js';

/** What to read of the kernel. */
export interface ReadOptions extends CallOptions {}

/** What the kernel had at one time. */
export interface Snapshot {
  /** In canonical order: services with an address before firewall marks, IPv4 before IPv6, then by address, port and protocol, or by mark. */
  readonly services: readonly ServiceSnapshot[];
  /**
   * Whether the services were the same before their destinations were read and after. When `false`, the table kept
   * changing through three readings: everything listed was there, but something that was there may not be listed.
   */
  readonly consistent: boolean;
}

/** A service and its destinations, by family, address and port. */
export type ServiceSnapshot = ObservedService & {
  readonly destinations: readonly ObservedDestination[];
};

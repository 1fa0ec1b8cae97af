import type { CallOptions, Timeouts } from './config.js';
import type { ObservedDestination } from './destination.js';
import type { BoundAddress, NetworkDevice } from './device.js';
import type { Lazy } from './lazy.js';
import type { ObservedService } from './service.js';

/** How to give a list. */
export interface ListOptions extends CallOptions {
  /**
   * Whether the objects read their fields from the packed answer of the kernel when they are asked for, instead of being
   * made at once: see `Lazy`. For large tables of which little is looked at. Default false.
   */
  readonly lazy?: boolean;
}

/** What to read of the kernel. */
export interface ReadOptions extends ListOptions {
  /** Whether to read the timeouts and the sysctls as well. Default true. */
  readonly settings?: boolean;
  /** Whether to read every network device and its addresses as well. Default true. */
  readonly addresses?: boolean;
}

/** What the kernel had at one time. */
export interface Snapshot {
  /** In canonical order: services with an address before firewall marks, IPv4 before IPv6, then by address, port and protocol, or by mark. */
  readonly services: readonly ServiceSnapshot[];
  /**
   * Whether the services were the same before their destinations were read and after. When `false`, the table kept
   * changing through three readings: everything listed was there, but something that was there may not be listed.
   */
  readonly consistent: boolean;
  /** Absent when not read. */
  readonly timeouts?: Timeouts;
  /** By name; absent when not read, and where there are none. */
  readonly sysctls?: Readonly<Record<string, number | string>>;
  /** Of every network device; absent when not read. */
  readonly addresses?: readonly BoundAddress[];
  /** Every network device, by its name; absent when not read. */
  readonly devices?: Readonly<Record<string, NetworkDevice>>;
}

/** A service and its destinations, by family, address and port. */
export type ServiceSnapshot = ObservedService & {
  readonly destinations: readonly ObservedDestination[];
};

/** A snapshot whose services, and their destinations, read their fields when they are asked for. */
export type LazySnapshot = Omit<Snapshot, 'services'> & {
  readonly services: readonly Lazy<ServiceSnapshot>[];
};

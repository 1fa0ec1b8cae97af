import type { TunnelType } from './destination.js';

/**
 * What this kernel can do by the handle's transport, and what the caller may do with it: tried when the handle is opened, not guessed from a
 * version. What could not be tried is `undefined`: where the caller may not make a network namespace to try it in
 * (CAP_SYS_ADMIN), or the limit of namespaces is reached.
 */
export interface Capabilities {
  /** Services and destinations with IPv6 addresses. */
  readonly ipv6: boolean;
  /**
   * What a tunnel can wrap packets in. Linux before 5.2 knows `ipip` only, before 5.3 no `gre`; such a kernel takes any
   * tunnel without a word and wraps in IPIP.
   */
  readonly tunnelTypes: readonly TunnelType[] | undefined;
  /** The checksums of GUE and GRE tunnels, from Linux 5.3. */
  readonly tunnelChecksums: boolean | undefined;
  /** Counters of connections and packets are 64 bits wide; else they are 32 bits wide and begin again at 0. */
  readonly wideCounters: boolean | undefined;
  /** The files under /proc/net that are there and can be read. */
  readonly files: {
    /** `ip_vs_conn`, which `connections()` reads. */
    readonly connections: boolean;
    /** `ip_vs_conn_sync`, which `connections({ synced: true })` reads. */
    readonly syncedConnections: boolean;
    /** `ip_vs_stats`, which `totals()` reads. */
    readonly totals: boolean;
    /** `ip_vs_stats_percpu`, which `cpuTotals()` reads. */
    readonly cpuTotals: boolean;
    /** `ip_vs_app`, which `applications()` reads. */
    readonly applications: boolean;
    /** `ip_vs_status`, which `status()` reads; from Linux 7.1. */
    readonly status: boolean;
  };
  /** The settings under /proc/sys/net/ipv4/vs; before Linux 6.10 a namespace of a user namespace has none. */
  readonly sysctls: 'absent' | 'readable' | 'writable';
}

/** How long the kernel remembers connections, in seconds. Defaults of the kernel: 900, 120, 300. */
export interface Timeouts {
  /** Established TCP connections. */
  readonly tcp: number;
  /** TCP connections of which one side has said FIN. */
  readonly tcpFin: number;
  /** UDP flows, from their last packet. */
  readonly udp: number;
}

export interface Info {
  /** The version of the kernel's IPVS: `1.2.1` in every kernel seen. */
  readonly version: string;
  /** Buckets of the connection table. From Linux 7.1 its present size, 0 before there is a service. */
  readonly connectionTableSize: number;
}

export interface OpenOptions {
  /**
   * The network namespace to work in: a path (`/run/netns/blue`), the name of one made by `ip netns` (`blue`), or
   * the pid of a process that is in it. Default: the caller's own. Needs CAP_SYS_ADMIN; the caller's thread and
   * process stay where they are.
   */
  readonly netns?: string | number;
  /**
   * The way to the kernel. `auto` is `netlink`, and `sockopt` where netlink is refused (`EPERM`, as it always is in a
   * user namespace) or not there, and the socket options answer; `transport` of the open handle says which it is.
   * Default `auto`.
   */
  readonly transport?: Transport | 'auto';
  /**
   * Milliseconds a request may wait for the kernel's answer, 1 to 2147483647; then it rejects with `ETIMEDOUT`,
   * the socket is replaced, and later calls work. Default 10000.
   */
  readonly timeout?: number;
}

/**
 * How the kernel is spoken to. `netlink`, generic netlink, can do everything, and needs CAP_NET_ADMIN in the initial user
 * namespace. `sockopt`, the older socket options, needs CAP_NET_ADMIN in the user namespace that owns the network
 * namespace, so that they work in a container without privileges. What is different over them:
 *
 * - Only IPv4: services and destinations of IPv6 are not listed and cannot be named, though `flush` removes them.
 * - No persistence engine, no tunnel but IPIP. Those that another program set are not seen, every tunnel reads as IPIP, and
 *   writing to the service or the destination, be it another field, takes them away.
 * - Only TCP, UDP and SCTP can be written to.
 * - Counters of connections and packets, and rates, are 32 bits wide: they start again from 0 past 4294967295.
 * - Two programs that set flags of one service at the same moment can undo each other's.
 * - The kernel does not load IPVS when it is asked: `modprobe ip_vs` must have been run.
 *
 * What they cannot do rejects with the code `ERR_IPVS_UNSUPPORTED` before anything is sent.
 */
export type Transport = 'netlink' | 'sockopt';

export interface CallOptions {
  /**
   * Rejects the call with the signal's reason. What has not been sent to the kernel yet never will be; what has been
   * sent may still take effect.
   */
  readonly signal?: AbortSignal | undefined;
}

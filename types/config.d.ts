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
  /** The way to the kernel; `auto` is `netlink`. Default `auto`. */
  readonly transport?: Transport | 'auto';
  /**
   * Milliseconds a request may wait for the kernel's answer, 1 to 2147483647; then it rejects with `ETIMEDOUT`,
   * the socket is replaced, and later calls work. Default 10000.
   */
  readonly timeout?: number;
}

/** How the kernel is spoken to: generic netlink. */
export type Transport = 'netlink';

export interface CallOptions {
  /**
   * Rejects the call with the signal's reason. What has not been sent to the kernel yet never will be; what has been
   * sent may still take effect.
   */
  readonly signal?: AbortSignal | undefined;
}

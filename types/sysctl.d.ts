/**
 * The sysctls under `net.ipv4.vs`, and what each takes. All but `debug_level` are of one network namespace: the
 * handle's. Those without a kernel named have been there since Linux 4.19 at least. `0 or 1` is off or on.
 *
 * From Linux 6.10 on a network namespace of another user namespace than the first has sysctls as well; there those
 * marked "guarded" can be read, not set.
 */
export interface SysctlValues {
  /** With `drop_packet` 3: of how many packets one is dropped, 0 to 2147483647; 0 drops none. Default 10. */
  readonly am_droprate: number;
  /**
   * Pages of free memory, 0 to 2147483647, below which memory counts as short: `drop_entry`, `drop_packet` and
   * `secure_tcp` at 1 are then in force. Default 1024.
   */
  readonly amemthresh: number;
  /**
   * 0 or 1: while a backup sync daemon runs, pass packets on as if there were no services, so that they do not go round
   * in circles. Default 0.
   */
  readonly backup_only: number;
  /**
   * 0 or 1: send packets of a mark service that has no destination left to the address they were sent to. Default 0.
   */
  readonly cache_bypass: number;
  /**
   * The load at which the connection table grows, -8 (large table) to 8 (small), as a power of two: -4 means at 1
   * connection to 16 buckets. Default -4, and -2 in other network namespaces than the first. Since Linux 7.1; guarded.
   */
  readonly conn_lfactor: number;
  /**
   * The most connections, 0 to 1073741824 (16777216 where the kernel is of 32 bits); what comes beyond is not balanced.
   * Default: the most there can be; a new network namespace begins with the value of the first. Set with CAP_NET_ADMIN
   * in the first user namespace it is also the limit of those who set it without. Since Linux 7.2.
   */
  readonly conn_max: number;
  /**
   * What becomes of a new TCP connection from the port of an old one, 0 to 3: 0 goes with the old one's destination, 1
   * schedules it when the old one is over, 2 and 3 also when it is about to be, with direct routing and tunnels.
   * Default 1.
   */
  readonly conn_reuse_mode: number;
  /**
   * 0 or 1: have netfilter track balanced connections, which its stateful rules need. Default 0. In kernels with
   * CONFIG_IP_VS_NFCT.
   */
  readonly conntrack: number;
  /**
   * How much IPVS tells the kernel's log, 0 (nothing) to 2147483647; 12 is everything. Default 0. One for the whole
   * kernel, and from Linux 5.15 on (and in stable kernels of that time) set in the first network namespace only. In
   * kernels with CONFIG_IP_VS_DEBUG.
   */
  readonly debug_level: number;
  /**
   * Drop half-open connections at random, 0 to 3: 0 never, 1 while memory is short, 3 always. The kernel itself makes 2
   * of 1 while memory is short, and 1 of 2 when it no longer is, also of a 2 that was set. Default 0.
   */
  readonly drop_entry: number;
  /**
   * Drop packets of new connections, 0 to 3 as for {@link drop_entry}; how many, `am_droprate` says, or with 1 the
   * shortage. Default 0.
   */
  readonly drop_packet: number;
  /**
   * The processors that the counters are kept up to date on: `0-3,8`, `all`, `0-N` with `N` for the last one, `0-N:1/2`
   * for the first of each two. It reads back as numbers and ranges. Empty: none, and counters and rates stand still.
   * Default: those meant for the kernel's own threads. Since Linux 6.2; guarded.
   */
  readonly est_cpulist: string;
  /**
   * How much the threads that keep the counters up to date stand back, -20 (not at all) to 19. Default 0. Since Linux
   * 6.2; guarded.
   */
  readonly est_nice: number;
  /**
   * 0 or 1: forget connections whose destination was removed, so that their clients are scheduled anew. Default 0:
   * their packets are dropped.
   */
  readonly expire_nodest_conn: number;
  /**
   * 0 or 1: forget which client belongs to a destination when its weight becomes 0. Default 0: persistent clients still
   * reach it.
   */
  readonly expire_quiescent_template: number;
  /**
   * 0 or 1: leave packets alone that come through a tunnel, so that a destination that is also a director does not
   * balance them again. Default 0.
   */
  readonly ignore_tunneled: number;
  /**
   * Seconds after which the scheduler `lblc` forgets a destination address, 0 to 21474836 (2147483 where HZ is 1000).
   * Default 86400. While its module is loaded.
   */
  readonly lblc_expiration: number;
  /**
   * Seconds after which the scheduler `lblcr` forgets a destination address, 0 to 21474836 (2147483 where HZ is 1000).
   * Default 86400. While its module is loaded.
   */
  readonly lblcr_expiration: number;
  /**
   * 0 or 1: answer masqueraded servers with ICMP "unreachable" when they send what belongs to no connection. Default 0.
   */
  readonly nat_icmp_send: number;
  /** 0 or 1: refuse packets that may not be fragmented and are too large; 0 has tunnels fragment them. Default 1. */
  readonly pmtu_disc: number;
  /**
   * 0 or 1: keep counters and rates up to date. At 0 they stand still, and what was counted meanwhile appears when it
   * is 1 again. Default 1. Since Linux 5.16; guarded.
   */
  readonly run_estimation: number;
  /**
   * 0 or 1: schedule ICMP errors about connections that are not known, as if they were the connections' packets.
   * Default 0.
   */
  readonly schedule_icmp: number;
  /** Use TCP states that stand up to floods of half-open connections, 0 to 3 as for {@link drop_entry}. Default 0. */
  readonly secure_tcp: number;
  /** 0 or 1: take any SCTP packet for the beginning of a connection. Default 0. */
  readonly sloppy_sctp: number;
  /**
   * 0 or 1: take any TCP packet for the beginning of a connection, as a backup that takes over may have to. Default 0.
   */
  readonly sloppy_tcp: number;
  /**
   * 0 or 1: route the answers of masqueraded servers as if the director itself had sent them, which matters with policy
   * routing. Default 1.
   */
  readonly snat_reroute: number;
  /**
   * The load at which the table of services grows, -8 (large table) to 8 (small), as {@link conn_lfactor}. Default -3,
   * and -2 in other network namespaces than the first. Since Linux 7.1; guarded.
   */
  readonly svc_lfactor: number;
  /**
   * 0 or 1: of persistent services synchronise only which client belongs to which destination, not each connection.
   * Default 0.
   */
  readonly sync_persist_mode: number;
  /**
   * Threads of a sync daemon, and ports from its own on: 1, 2, 4, 8, 16, 32 or 64. Heeded when the first daemon starts.
   * Default 1.
   */
  readonly sync_ports: number;
  /**
   * The most messages that wait to be sent by the master, 0 to 18446744073709551615 (4294967295 where the kernel is of
   * 32 bits); as text, what is beyond `Number.MAX_SAFE_INTEGER`. Default: one for each 32 pages of memory. Guarded.
   */
  readonly sync_qlen_max: number | string;
  /**
   * Seconds in which a connection whose state is as it was is not synchronised again, 0 to 21474836 (2147483 where HZ
   * is 1000). Default 0.
   */
  readonly sync_refresh_period: number;
  /** How often a message is sent again, 0 to 3 times, an eighth of `sync_refresh_period` apart. Default 0. */
  readonly sync_retries: number;
  /**
   * Bytes of the sync daemons' socket buffers, 0 to 2147483647; 0 leaves it to the system. Heeded when a daemon starts.
   * Default 0. Guarded.
   */
  readonly sync_sock_size: number;
  /**
   * After how many packets a connection is synchronised first, and then after how many again: `[3, 50]` or `'3 50'`.
   * Each 0 to 2147483647, the first below the second, unless the second is 0: then once. Reads back as text. Default
   * `'3 50'`.
   */
  readonly sync_threshold: string | readonly [first: number, again: number];
  /** The format of sync messages, 0 (as before Linux 2.6.39) or 1. Default 1. */
  readonly sync_version: number;
}

/** The name of a sysctl under `net.ipv4.vs`. */
export type SysctlName = keyof SysctlValues;

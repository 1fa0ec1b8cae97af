import type { Address } from './address.js';

/**
 * What a sync daemon does: a `master` tells other directors of the connections that are made here, a `backup` takes in
 * those that it is told of. A namespace can have one of each.
 */
export type SyncRole = 'master' | 'backup';

/** A sync daemon as a caller writes it. */
export interface SyncDaemonSpec {
  readonly role: SyncRole;
  /** The network interface the messages go through; its address family and state must allow for the group. */
  readonly interface: string;
  /**
   * 0 to 255. A backup takes only the messages that carry its own number, and with 0 those of every number. Default 0.
   */
  readonly syncId?: number;
  /**
   * The most bytes of one message, 1 to 65507. The kernel keeps to what it can do, and what it made of the number can be
   * read back: at most 65507 with an IPv4 group and 65487 with an IPv6 one, at least 1024 on a backup. A backup must
   * take what its master sends. Default: what fits 1500 bytes (1472 or 1452), on a backup what fits the interface's MTU.
   */
  readonly maxLength?: number;
  /** The multicast group, IPv4 or IPv6. Default `224.0.0.81`. */
  readonly group?: Address;
  /**
   * The UDP port of the first thread, 1 to 65535; each further one (`net.ipv4.vs.sync_ports`) takes the next, and the
   * kernel lets that run over the end unasked. Default 8848.
   */
  readonly port?: number;
  /** How many routers a message may pass, 1 to 255. Default 1: none. */
  readonly ttl?: number;
}

/** A sync daemon that runs. */
export interface SyncDaemon {
  readonly role: SyncRole;
  readonly interface: string;
  readonly syncId: number;
  /** Absent, as each of the fields below, where the kernel does not tell it. */
  readonly maxLength?: number;
  readonly group?: Address;
  readonly port?: number;
  readonly ttl?: number;
}

/**
 * Counters of a service or a destination. The kernel refreshes them every two seconds, so what is read
 * can be that old, and they stand still while `net.ipv4.vs.run_estimation` is 0. Direct routing and
 * tunnels never see the answers, so there the two counters named `Out` stay 0. Over the socket options the counters of
 * connections and packets are 32 bits wide and start again from 0 past 4294967295.
 */
export interface Stats {
  /** Connections scheduled since the object was made or last zeroed. */
  readonly connections: bigint;
  readonly packetsIn: bigint;
  readonly packetsOut: bigint;
  /** IP bytes, headers included. */
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
  readonly rates: Rates;
}

/** The kernel's moving averages, per second; after a burst they take 10 to 20 seconds to fall to 0. */
export interface Rates {
  readonly connections: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

import type { CallOptions } from './config.js';
import type { DestinationId, ObservedDestination } from './destination.js';
import type { ObservedProtocol, ObservedService, ServiceId, ServiceRef } from './service.js';

/** What is counted. Direct routing and tunnels never see the answers, so there the two named `Out` stay 0. */
export interface Counters {
  /** Connections scheduled since the object was made or last zeroed. */
  readonly connections: bigint;
  readonly packetsIn: bigint;
  readonly packetsOut: bigint;
  /** IP bytes, headers included. */
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
}

/**
 * Counters of a service, of a destination or of everything. The kernel refreshes them every two seconds, so what is
 * read can be that old, and they stand still while `net.ipv4.vs.run_estimation` is 0. Over the socket options the
 * counters of connections and packets are 32 bits wide and start again from 0 past 4294967295.
 */
export interface Stats extends Counters {
  /** The kernel's moving averages, per second; after a burst they take 10 to 20 seconds to fall to 0. */
  readonly rates: Rates;
}

/** Per second. */
export interface Rates {
  readonly connections: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/**
 * What one processor has counted since IPVS came to the network namespace. Other than all other counters these are
 * never behind, never stand still, and `zero()` leaves them as they are. The kernel keeps no rates of a processor.
 */
export interface CpuTotals extends Counters {
  /** The number of the processor. Those that are possible but absent are listed as well. */
  readonly cpu: number;
}

/** A helper that follows a protocol's further connections, such as those an FTP session opens for its data. */
export interface ApplicationHelper {
  readonly protocol: ObservedProtocol;
  /** The port of the services it helps. */
  readonly port: number;
  /** `ftp` is the only one that comes with Linux. */
  readonly name: string;
  /** Connections that it follows at the moment. */
  readonly uses: number;
}

/** What was counted from one read to the next. */
export interface Counted extends Counters {
  /** What was counted, per second of the time that was measured. */
  readonly rates: Rates;
  /**
   * The counters began again from 0 since the read before: they were zeroed, or the object was removed and made again.
   * Then what they count is all that is known, and what came before they began again is not in it.
   */
  readonly reset: boolean;
}

/** {@link Counted} by a service. */
export interface CountedService extends Counted {
  readonly id: ServiceId;
  /** The service at the end of the interval, with its counters. */
  readonly service: ObservedService;
  /** It was not there at the read before: everything it has counted is new. */
  readonly appeared: boolean;
  /**
   * By family, address and port, each that the service has at the end of the interval. Absent with `destinations:
   * false`.
   */
  readonly destinations?: readonly CountedDestination[];
  /** Destinations that were there at the read before and are gone. Absent with `destinations: false`. */
  readonly removed?: readonly DestinationId[];
}

/** {@link Counted} by a destination. */
export interface CountedDestination extends Counted {
  readonly id: DestinationId;
  /** The destination at the end of the interval, with its counters and connections. */
  readonly destination: ObservedDestination;
  /**
   * It was not there at the read before. The kernel remembers a removed destination while it has connections and two
   * minutes more; when it is added again in that time its counters go on, and so does what is counted here.
   */
  readonly appeared: boolean;
}

/** What happened between two reads of the counters. */
export interface StatsDifference {
  /** Milliseconds between the two, as measured by a clock that only goes forward. */
  readonly intervalMs: number;
  /** The whole network namespace. Its counters are 64 bits wide whatever the transport. */
  readonly totals: Counted;
  /** Every service that is watched and there at the end of the interval, in canonical order. */
  readonly services: readonly CountedService[];
  /** Services that were there at the read before and are gone; what they counted since then is lost. */
  readonly removed: readonly ServiceId[];
}

export interface WatchStatsOptions extends CallOptions {
  /** Whether to read destinations as well. Default true. */
  readonly destinations?: boolean | undefined;
  /** The services to watch, whether they exist yet or not. Default: every one. */
  readonly services?: readonly ServiceRef[] | undefined;
}

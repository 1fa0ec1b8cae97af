import type { Info, Timeouts } from './config.js';
import type {
  DestinationChanges,
  DestinationRef,
  DestinationSpec,
  ObservedDestination,
} from './destination.js';
import type { ObservedService, ServiceChanges, ServiceRef, ServiceSpec } from './service.js';

/**
 * Calls of an open `Ipvs` that have been carried out when they return: for scripts, and for what cannot wait, such as a
 * handler of `process.on('exit')`. They check, return and throw what the methods of the same name resolve and reject with;
 * none takes a signal, since nothing could raise it meanwhile.
 *
 * **Every one blocks the event loop**, for as long as the kernel takes. That is some microseconds for one object, and more
 *
 * - where the kernel has other requests of IPVS at hand, from whatever program: it takes one at a time;
 * - where a service asks for a scheduler or an engine whose module is not loaded: the kernel runs `modprobe` inside the
 *   call, also to find that there is none, which takes some hundredths of a second and more on a slow disk;
 * - for a list, and for `updateDestination`, which reads one: microseconds for each entry, so that 10,000 take hundredths of a second;
 * - for `flush` and `removeService`, with each destination that goes.
 *
 * They go past the handle's thread and its queue, over a socket of their own, which is opened when the first is made. So
 * they **overtake** calls that were made before and whose promises are pending; await these first where the order
 * matters. An `updateService` or `updateDestination` of either kind that meets another change of the same object, from
 * this handle or another program, between its reading and its writing, undoes it.
 *
 * `timeout` bounds the wait for an answer over `netlink`. A call that the kernel itself does not return from, and any over
 * `sockopt`, cannot be broken off. Where the handle works in another network namespace than the process, the first call
 * needs `/proc`, and CAP_SYS_ADMIN as `open` did: make one, such as `info()`, before giving that up.
 */
export interface IpvsSync {
  /** The version of the kernel's IPVS and the size of its connection table. Blocks. */
  info(): Info;

  /** Every service of the namespace, in the order of `Ipvs.listServices`. Blocks for the length of the list. */
  listServices(): ObservedService[];

  /** One service, or `undefined` where it does not exist. Blocks. */
  getService(service: ServiceRef): ObservedService | undefined;

  /**
   * Adds a service. Throws with `EEXIST` when it exists, `ENOENT` when its scheduler or engine is not available. Blocks,
   * for `modprobe` too where the kernel has to load one of the two.
   */
  addService(spec: ServiceSpec): void;

  /**
   * Replaces everything of a service but its identity, its destinations and its counters. Throws with `ESRCH` when there is
   * no such service, `ENOENT` when its scheduler or engine is not available. Blocks, for `modprobe` too where the kernel
   * has to load one of the two.
   */
  setService(spec: ServiceSpec): void;

  /**
   * Changes the named fields of a service and keeps all others: reads it and writes it again. Throws with `ESRCH` when there
   * is no such service, `ENOENT` when the scheduler or engine is not available. Blocks, for `modprobe` too where the kernel
   * has to load one of the two.
   */
  updateService(service: ServiceRef, changes: ServiceChanges): void;

  /** Removes a service with its destinations. Throws with `ESRCH` when there is none. Blocks, longer with more destinations. */
  removeService(service: ServiceRef): void;

  /** A service's destinations, by family, address and port. Throws with `ESRCH` when there is no such service. Blocks for the length of the list. */
  listDestinations(service: ServiceRef): ObservedDestination[];

  /** Adds a destination to a service. Throws with `EEXIST` when the service has it, `ESRCH` when there is no such service. Blocks. */
  addDestination(service: ServiceRef, spec: DestinationSpec): void;

  /**
   * Replaces everything of a destination but its identity, its connections and its counters. Throws with `ENOENT` when the
   * service has no such destination, `ESRCH` when there is no such service. Blocks.
   */
  setDestination(service: ServiceRef, spec: DestinationSpec): void;

  /**
   * Changes the named fields of a destination and keeps all others: reads the destinations of the service and writes the
   * one again. Throws with `ENOENT` when the service has no such destination, `ESRCH` when there is no such service. Blocks
   * for the length of the list; `setDestination` does not.
   */
  updateDestination(
    service: ServiceRef,
    destination: DestinationRef,
    changes: DestinationChanges,
  ): void;

  /** Takes a destination out of a service. Throws with `ENOENT` when the service does not have it, `ESRCH` when there is no such service. Blocks. */
  removeDestination(service: ServiceRef, destination: DestinationRef): void;

  /** Removes every service of the namespace, whoever made it. Blocks, longer with more of them. */
  flush(): void;

  /**
   * Sets the counters and rates of a service and its destinations to 0, or, without a service, those of every service and
   * the totals. Throws with `ESRCH` when there is no such service. Blocks.
   */
  zero(service?: ServiceRef): void;

  /** How long the namespace's connections are remembered. Blocks. */
  timeouts(): Timeouts;

  /** Sets the named timeouts, in whole seconds from 1; the others stay. Throws with `EINVAL` above what the kernel can hold. Blocks. */
  setTimeouts(timeouts: Partial<Timeouts>): void;
}

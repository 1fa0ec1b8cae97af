import type { CallOptions, Info, OpenOptions, Timeouts, Transport } from '../../types/config.js';
import type { Connection, ConnectionFilter } from '../../types/connection.js';
import type {
  DestinationChanges,
  DestinationRef,
  DestinationSpec,
  ObservedDestination,
} from '../../types/destination.js';
import type {
  ObservedService,
  ServiceChanges,
  ServiceRef,
  ServiceSpec,
} from '../../types/service.js';
import { Connections } from './connections.js';
import { Destinations } from './destinations.js';
import { checkOpenOptions } from './options.js';
import { Services } from './services.js';
import { Session } from './session.js';
import { Settings } from './settings.js';

/**
 * One open door to the IPVS of one network namespace.
 *
 * Calls can be made from anywhere at any time; they are carried out in the order in which they are made, and those
 * made in the same turn of the event loop travel together. A failed one never affects its neighbours. Every method
 * rejects with {@link InvalidValueError} for what the caller wrote wrong, before anything is sent, and with
 * {@link IpvsError} for what the kernel refused; every method needs CAP_NET_ADMIN in the initial user namespace.
 *
 * @example
 * await using ipvs = await Ipvs.open();
 * await ipvs.addService({ protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'rr' });
 * await ipvs.addDestination('tcp/10.0.0.1:80', { address: '10.1.0.5', port: 8080, weight: 3 });
 */
export class Ipvs implements AsyncDisposable {
  /** How the kernel is spoken to. */
  readonly transport: Transport = 'netlink';
  readonly #session: Session;
  readonly #settings: Settings;
  readonly #services: Services;
  readonly #destinations: Destinations;
  readonly #connections: Connections;
  #closing: Promise<void> | undefined;

  private constructor(session: Session) {
    this.#session = session;
    this.#settings = new Settings(session);
    this.#services = new Services(session);
    this.#destinations = new Destinations(session);
    this.#connections = new Connections(session);
  }

  /**
   * Opens the IPVS of a network namespace, and asks it for its version to see that it answers. Where IPVS is a module
   * that is not loaded, Linux loads it from 5.16 on when it is first spoken to; before that, `modprobe ip_vs` must have
   * been run. Rejects with the code `ERR_IPVS_UNAVAILABLE` where the addon cannot be loaded, `ENOENT` where the kernel
   * has no IPVS, `EPERM` without CAP_NET_ADMIN.
   */
  static async open(options: OpenOptions = {}): Promise<Ipvs> {
    const session = new Session(checkOpenOptions(options));
    const namespace = options.netns === undefined ? undefined : String(options.netns);
    const ipvs = new Ipvs(session);
    try {
      await session.read({ operation: 'open', namespace }, 'info', undefined, undefined);
    } catch (error) {
      // Where the kernel does not return, there is nothing to wait for.
      ipvs.close().catch(() => {});
      throw error;
    }
    return ipvs;
  }

  /** The version of the kernel's IPVS and the size of its connection table. */
  info(options?: CallOptions): Promise<Info> {
    return this.#settings.info(options);
  }

  /**
   * Every service of the namespace: those with an address before firewall marks, IPv4 before IPv6, then by address, port
   * and protocol, or by mark. The kernel's list is not a snapshot: services removed meanwhile, even in another namespace, can
   * make it miss one that was there all the time. None appears twice.
   */
  listServices(options?: CallOptions): Promise<ObservedService[]> {
    return this.#services.list(options);
  }

  /** One service, or `undefined` where it does not exist. */
  getService(service: ServiceRef, options?: CallOptions): Promise<ObservedService | undefined> {
    return this.#services.get(service, options);
  }

  /** Adds a service. Rejects with `EEXIST` when it exists, `ENOENT` when its scheduler or engine is not available. */
  addService(spec: ServiceSpec, options?: CallOptions): Promise<void> {
    return this.#services.write('add-service', 'addService', spec, options);
  }

  /**
   * Replaces everything of a service but its identity, its destinations and its counters; what the spec does not name gets
   * its default. Rejects with `ESRCH` when there is no such service, `ENOENT` when the scheduler or engine is not available.
   */
  setService(spec: ServiceSpec, options?: CallOptions): Promise<void> {
    return this.#services.write('set-service', 'setService', spec, options);
  }

  /**
   * Changes the named fields of a service and keeps all others, flags without a word included. Reads the service and writes
   * it again with nothing of this handle in between; a change that another program makes in that moment is lost. Rejects
   * with `ESRCH` when there is no such service.
   */
  updateService(
    service: ServiceRef,
    changes: ServiceChanges,
    options?: CallOptions,
  ): Promise<void> {
    return this.#services.update(service, changes, options);
  }

  /** Removes a service with its destinations. Open connections lose their way: drain them first. Rejects with `ESRCH` when there is none. */
  removeService(service: ServiceRef, options?: CallOptions): Promise<void> {
    return this.#services.remove(service, options);
  }

  /** A service's destinations, by family, address and port; `[]` when it has none. Rejects with `ESRCH` when there is no such service. */
  listDestinations(service: ServiceRef, options?: CallOptions): Promise<ObservedDestination[]> {
    return this.#destinations.list(service, options);
  }

  /** Adds a destination to a service. Rejects with `EEXIST` when the service has it, `ESRCH` when there is no such service. */
  addDestination(service: ServiceRef, spec: DestinationSpec, options?: CallOptions): Promise<void> {
    return this.#destinations.write('add-destination', 'addDestination', service, spec, options);
  }

  /**
   * Replaces everything of a destination but its identity, its connections and its counters; what the spec does not name
   * gets its default. Rejects with `ENOENT` when the service has no such destination, `ESRCH` when there is no such service.
   */
  setDestination(service: ServiceRef, spec: DestinationSpec, options?: CallOptions): Promise<void> {
    return this.#destinations.write('set-destination', 'setDestination', service, spec, options);
  }

  /**
   * Changes the named fields of a destination and keeps all others. Reads the service's destinations and writes the one
   * again with nothing of this handle in between; a change that another program makes in that moment is lost. Rejects
   * with `ENOENT` when the service has no such destination, `ESRCH` when there is no such service.
   */
  updateDestination(
    service: ServiceRef,
    destination: DestinationRef,
    changes: DestinationChanges,
    options?: CallOptions,
  ): Promise<void> {
    return this.#destinations.update(service, destination, changes, options);
  }

  /** Takes a destination out of a service. Rejects with `ENOENT` when the service does not have it, `ESRCH` when there is no such service. */
  removeDestination(
    service: ServiceRef,
    destination: DestinationRef,
    options?: CallOptions,
  ): Promise<void> {
    return this.#destinations.remove(service, destination, options);
  }

  /** Removes every service of the namespace, whoever made it. Connections, timeouts and sync daemons stay. */
  flush(options?: CallOptions): Promise<void> {
    return this.#services.flush(options);
  }

  /**
   * Sets the counters and rates of a service and its destinations to 0, or, without a service, those of every service and
   * the totals. What was counted since the kernel last took stock, at most two seconds, appears after all. Rejects with
   * `ESRCH` when there is no such service.
   */
  zero(service?: ServiceRef, options?: CallOptions): Promise<void> {
    return this.#services.zero(service, options);
  }

  /** How long the namespace's connections are remembered. */
  timeouts(options?: CallOptions): Promise<Timeouts> {
    return this.#settings.timeouts(options);
  }

  /**
   * Sets the named timeouts, in whole seconds from 1; the others stay. Connections that are open take the new value with
   * their next packet. The most a kernel can hold is 2147483647 divided by its HZ: 21474836 where HZ is 100, 2147483 where it
   * is 1000; above it the kernel says `EINVAL`, and nothing is changed.
   */
  setTimeouts(timeouts: Partial<Timeouts>, options?: CallOptions): Promise<void> {
    return this.#settings.setTimeouts(timeouts, options);
  }

  /**
   * The connections of the namespace and the templates of its persistent clients, as `/proc/net/ip_vs_conn` has them, in the
   * kernel's order; those of one-packet services are never there. What the filter leaves out is not made into objects.
   *
   * Throws {@link InvalidValueError} at once for a bad filter. The table is read when the listing is iterated, which can be done
   * once: two thousand entries at a time on the handle's thread, one such part ahead of what is taken, so that memory does not depend on the size
   * of the table. Other calls of the handle go in between. Leaving the loop, `signal` (the listing then throws its reason) and `close` end the
   * reading and close the file. The listing throws {@link IpvsError} with `ENOENT` where the kernel has no such file, `EBADMSG` where that
   * is not what it should be.
   *
   * It is not a snapshot: the kernel lets go of its table after every page, so entries that come and go meanwhile, and on kernels from 7.1
   * a table that grows, can make it miss some and bring some twice; `unique` leaves out the latter. Up to Linux 6.13 the
   * kernel goes through the table from its beginning for every page, so that 100,000 entries take about a second of its time and
   * 300,000 more than a minute; up to 7.0 it goes through those of all namespaces.
   *
   * A line that cannot be read is left out; the channel `ipvs:request` tells how many there were.
   *
   * @example
   * for await (const { client, state } of ipvs.connections({ service: 'tcp/10.0.0.1:80', templates: 'exclude' })) {
   *   console.log(client.address, state);
   * }
   */
  connections(
    filter?: ConnectionFilter,
    options?: CallOptions,
  ): AsyncGenerator<Connection, void, undefined> {
    return this.#connections.list(filter, options);
  }

  /** Closes the handle. Pending calls reject with the code `ERR_IPVS_CLOSED`, and so do later ones. What was set stays set. */
  close(): Promise<void> {
    this.#closing ??= this.#session.queue.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

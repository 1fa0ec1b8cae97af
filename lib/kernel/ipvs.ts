import type { CallOptions, Info, OpenOptions, Timeouts, Transport } from '../../types/config.js';
import type {
  DestinationChanges,
  DestinationRef,
  DestinationSpec,
  ObservedDestination,
} from '../../types/destination.js';
import type { BoundAddress } from '../../types/device.js';
import type {
  ObservedService,
  ServiceChanges,
  ServiceRef,
  ServiceSpec,
} from '../../types/service.js';
import { Destinations } from './destinations.js';
import { Devices } from './devices.js';
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
 * {@link IpvsError} for what the kernel refused. Every method needs CAP_NET_ADMIN in the initial user namespace, but
 * those about virtual addresses: they need it only in the user namespace that owns the network namespace, and
 * `listAddresses` not at all.
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
  readonly #devices: Devices;
  #closing: Promise<void> | undefined;

  private constructor(session: Session) {
    this.#session = session;
    this.#settings = new Settings(session);
    this.#services = new Services(session);
    this.#destinations = new Destinations(session);
    this.#devices = new Devices(session);
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
   * Sees to it that there is a dummy device of this name to bind virtual addresses to, and says whether it was made. It
   * is made down, and its state is never changed: the addresses on it are local to the host all the same, so that IPVS
   * gets their packets. The name has 1 to 15 bytes without white space, `/`, `:` and `%`. Over rtnetlink; the kernel
   * loads the module `dummy` itself where it is one. Rejects with `EEXIST` when the device of that name is of another
   * kind, which the reason names, and with `ENOTSUP` where the kernel has no dummy devices.
   *
   * @example
   * await ipvs.ensureDummy('ipvs0');
   * await ipvs.bindAddress('ipvs0', '10.0.0.1');
   */
  ensureDummy(name: string, options?: CallOptions): Promise<{ readonly created: boolean }> {
    return this.#devices.ensureDummy(name, options);
  }

  /**
   * Removes a dummy device with every address on it. Rejects with `ENODEV` when there is no device of that name, and with
   * `EEXIST` when it is of another kind, which the reason names.
   */
  removeDummy(name: string, options?: CallOptions): Promise<void> {
    return this.#devices.removeDummy(name, options);
  }

  /**
   * The addresses on one device or, without a name, on every device of the namespace: by the device's name, IPv4 before
   * IPv6, then by address and prefix length. All are listed, whoever bound them; the link-local ones that the kernel
   * gives to a device that comes up have the scope `link`. Needs no privilege. Rejects with `ENODEV` when there is no
   * such device, and with `EINTR` when the addresses changed under each of ten attempts to read them.
   */
  listAddresses(device?: string, options?: CallOptions): Promise<BoundAddress[]> {
    return this.#devices.listAddresses(device, options);
  }

  /**
   * Binds an address to a device, with the prefix length 32 or 128, so that packets to it are for this host. It can be
   * used at once: IPv6 is bound without a search for duplicates. An IPv4-mapped address is bound as the IPv4 address in
   * it; unspecified, multicast, broadcast and IPv6 link-local addresses are refused.
   *
   * The device may be down. When another program takes one down that was up, the kernel removes its IPv6 addresses (unless
   * the sysctl `net.ipv6.conf.<device>.keep_addr_on_down` is 1) and keeps its IPv4 ones. Neighbours that ask for an IPv4
   * address by ARP are answered by the host's other devices (unless their sysctl `arp_ignore` forbids it); for an IPv6
   * address nobody answers them: it has to be routed to the host.
   *
   * Rejects with `EEXIST` when the device has the address: an IPv4 address with that prefix length, an IPv6 address with
   * whatever one; with `ENODEV` when there is no such device; with `EACCES` or `ENOTSUP` where IPv6 is disabled.
   */
  bindAddress(device: string, address: string, options?: CallOptions): Promise<void> {
    return this.#devices.bindAddress(device, address, options);
  }

  /**
   * Takes an address with the prefix length 32 or 128 from a device. The same address with another prefix length stays,
   * and so does the one on another device. Takes an IPv4-mapped address as it is, so that one which another program bound
   * can be taken away. Rejects with `EADDRNOTAVAIL` when the device has no such address, `ENODEV` when there is no such
   * device.
   */
  unbindAddress(device: string, address: string, options?: CallOptions): Promise<void> {
    return this.#devices.unbindAddress(device, address, options);
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

import type { ApplyOptions, ApplyReport, DrainResult } from '../../types/apply.js';
import type { Backend } from '../../types/backend.js';
import type { Capabilities } from '../../types/capabilities.js';
import type { CallOptions, Info, OpenOptions, Timeouts, Transport } from '../../types/config.js';
import type { Connection, ConnectionFilter } from '../../types/connection.js';
import type { SyncDaemon, SyncDaemonSpec, SyncRole } from '../../types/daemon.js';
import type {
  DestinationChanges,
  DestinationRef,
  DestinationSpec,
  ObservedDestination,
} from '../../types/destination.js';
import type { BoundAddress, NetworkDevice } from '../../types/device.js';
import type { DesiredState } from '../../types/document.js';
import type { Lazy } from '../../types/lazy.js';
import type { Plan } from '../../types/plan.js';
import type {
  ObservedService,
  ServiceChanges,
  ServiceRef,
  ServiceSpec,
} from '../../types/service.js';
import type { LazySnapshot, ListOptions, ReadOptions, Snapshot } from '../../types/snapshot.js';
import type {
  ApplicationHelper,
  CpuTotals,
  Stats,
  StatsDifference,
  WatchStatsOptions,
} from '../../types/stats.js';
import type { IpvsSync } from '../../types/sync.js';
import type { SysctlName, SysctlValues } from '../../types/sysctl.js';
import type { DrainOptions } from '../declarative/apply/drain.js';
import type { ReconcileOptions } from '../declarative/apply/reconcile.js';
import { availableEngines, availableSchedulers } from './availability.js';
import { probeCapabilities } from './capabilities.js';
import { Connections } from './connections.js';
import { Destinations } from './destinations.js';
import { Devices } from './devices.js';
import { noteReader } from './lazy/release.js';
import { checkOpenOptions } from './options.js';
import { Services } from './services.js';
import { Session } from './session.js';
import { Settings } from './settings.js';
import { readSnapshot } from './snapshot.js';
import { Statistics } from './statistics.js';
import { SyncCalls } from './sync-calls.js';
import { SyncDaemons } from './sync-daemons.js';
import { Sysctls } from './sysctls.js';
import { checkWatch, watchStats } from './watch-stats.js';
import { offerBatches } from './write-batch.js';

/**
 * One open door to the IPVS of one network namespace.
 *
 * Calls can be made from anywhere at any time; they are carried out in the order in which they are made, and those
 * made in the same turn of the event loop travel together. A failed one never affects its neighbours. Every method
 * rejects with {@link InvalidValueError} for what the caller wrote wrong, before anything is sent, and with
 * {@link IpvsError} for what the kernel refused. Every method that does not say otherwise needs CAP_NET_ADMIN: over netlink
 * in the initial user namespace, over the socket options in the one that owns the network namespace; see `Transport` for
 * what the latter cannot do, which rejects with the code `ERR_IPVS_UNSUPPORTED`. Those about virtual addresses need it in
 * the latter whatever the transport, and `listAddresses` not at all.
 *
 * @example
 * await using ipvs = await Ipvs.open();
 * await ipvs.addService({ protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'rr' });
 * await ipvs.addDestination('tcp/10.0.0.1:80', { address: '10.1.0.5', port: 8080, weight: 3 });
 */
export class Ipvs implements Backend, AsyncDisposable {
  /** How the kernel is spoken to; with the option `auto`, the way that was found open. */
  readonly transport: Transport;
  /** What this kernel can do, and what the caller may do with it; tried when the handle was opened. */
  readonly capabilities: Capabilities;
  /**
   * Calls that return when the kernel has carried them out, and **block the event loop** until then: for scripts and for
   * shutdown handlers, where nothing else waits. They overtake calls whose promises are pending.
   *
   * @example
   * process.on('exit', () => ipvs.sync.removeDestination('tcp/10.0.0.1:80', '10.1.0.5:8080'));
   */
  readonly sync: IpvsSync;
  readonly #session: Session;
  readonly #settings: Settings;
  readonly #services: Services;
  readonly #destinations: Destinations;
  readonly #syncDaemons: SyncDaemons;
  readonly #statistics: Statistics;
  readonly #sysctls: Sysctls;
  readonly #connections: Connections;
  readonly #devices: Devices;
  #closing: Promise<void> | undefined;

  private constructor(session: Session, transport: Transport, capabilities: Capabilities) {
    this.transport = transport;
    this.capabilities = capabilities;
    this.sync = new SyncCalls(session, session.directLine);
    this.#session = session;
    this.#settings = new Settings(session);
    this.#services = new Services(session);
    this.#destinations = new Destinations(session);
    this.#syncDaemons = new SyncDaemons(session);
    this.#statistics = new Statistics(session);
    this.#sysctls = new Sysctls(session);
    this.#connections = new Connections(session);
    this.#devices = new Devices(session);
    offerBatches(this, session);
    noteReader(this, Ipvs.prototype.snapshot);
  }

  /**
   * Opens the IPVS of a network namespace, and asks it for its version to see that it answers. Where IPVS is a module
   * that is not loaded, Linux loads it from 5.16 on when it is first spoken to; before that, `modprobe ip_vs` must have
   * been run; over the socket options Linux never loads it. Rejects with the code `ERR_IPVS_UNAVAILABLE` where the addon
   * cannot be loaded, `ENOENT` where the kernel has no IPVS, `EPERM` without CAP_NET_ADMIN.
   */
  static async open(options: OpenOptions = {}): Promise<Ipvs> {
    const session = new Session(checkOpenOptions(options));
    const namespace = options.netns === undefined ? undefined : String(options.netns);
    try {
      const transport = await session.begin(namespace);
      return new Ipvs(session, transport, await probeCapabilities(session, transport));
    } catch (error) {
      // Where the kernel does not return, there is nothing to wait for.
      session.queue.close().catch(() => {});
      throw error;
    }
  }

  /** The version of the kernel's IPVS and the size of its connection table. */
  info(options?: CallOptions): Promise<Info> {
    return this.#settings.info(options);
  }

  /**
   * Every service of the namespace: those with an address before firewall marks, IPv4 before IPv6, then by address, port
   * and protocol, or by mark. The kernel's list is not a snapshot: services removed meanwhile, even in another namespace, can
   * make it miss one that was there all the time. None appears twice. Over the socket options none of IPv6 appears, and
   * one that was removed while the list was made can.
   */
  listServices(options: ListOptions & { readonly lazy: true }): Promise<Lazy<ObservedService>[]>;
  listServices(options?: ListOptions): Promise<ObservedService[]>;
  listServices(options?: ListOptions): Promise<ObservedService[]> {
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
   *
   * Over the socket options a persistence engine that another program gave the service is neither seen nor kept: any change
   * takes it away. One can only matter to a persistent service of UDP or of a mark.
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

  /**
   * A service's destinations, by family, address and port; `[]` when it has none. None appears twice; of a list that keeps
   * changing while it is read, one can be missing. Over the socket options none of IPv6 appears. Rejects with `ESRCH` when
   * there is no such service.
   */
  listDestinations(
    service: ServiceRef,
    options: ListOptions & { readonly lazy: true },
  ): Promise<Lazy<ObservedDestination>[]>;
  listDestinations(service: ServiceRef, options?: ListOptions): Promise<ObservedDestination[]>;
  listDestinations(service: ServiceRef, options?: ListOptions): Promise<ObservedDestination[]> {
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
   *
   * Over the socket options every tunnel reads as plain IPIP, and any change makes it one.
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

  /**
   * Every service with its destinations, in one crossing. The kernel has no such list: the services are read, then the
   * destinations of each, then the services again; when they are not the same, all of it is read once more, at most
   * three times. `consistent` says whether it came to an agreement. With them come the timeouts, the sysctls and every
   * bound address, which a plan compares as well; the options leave them out.
   */
  snapshot(options: ReadOptions & { readonly lazy: true }): Promise<LazySnapshot>;
  snapshot(options?: ReadOptions): Promise<Snapshot>;
  snapshot(options?: ReadOptions): Promise<Snapshot> {
    return readSnapshot(this.#session, this.#settings, this.#sysctls, this.#devices, options);
  }

  /**
   * Carries out a plan that `diff` made. Resolves with a report, also when operations failed; rejects with `PlanError`,
   * and with `ApplyError` for a plan that is stale or without the privilege.
   */
  async apply(plan: Plan, options?: ApplyOptions): Promise<ApplyReport> {
    const { apply } = await import('../declarative/apply/apply.js');
    return apply(this, plan, options);
  }

  /** Makes of what is there what should be there: reads, plans, and carries the plan out. */
  async reconcile(desired: DesiredState, options?: ReconcileOptions): Promise<ApplyReport> {
    const { reconcile } = await import('../declarative/apply/reconcile.js');
    return reconcile(this, desired, options);
  }

  /**
   * Takes a destination away without cutting its connections: it gets no new ones, and goes when those it has are over
   * or its time is up. Resolves with how it came out.
   */
  async drain(
    service: ServiceRef,
    destination: DestinationRef,
    options?: DrainOptions,
  ): Promise<DrainResult> {
    const { drain } = await import('../declarative/apply/drain.js');
    return drain(this, service, destination, options);
  }

  /**
   * Removes every service of the namespace, whoever made it and over whichever transport it can be seen. Connections, timeouts
   * and sync daemons stay. Not the way to another table: the kernel remembers the destinations for two to three minutes, in
   * which making thousands of them again takes very long. `reconcile` changes only what is different.
   */
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

  /**
   * The schedulers that are available here, of those that Linux has, in alphabetical order. They are tried in a new network namespace, which
   * needs CAP_SYS_ADMIN; the kernel loads the modules that it finds. A scheduler that is not part of Linux is not looked for,
   * and `lblc` and `lblcr` only where their modules are loaded: a kernel that loads these while namespaces come and go can hang.
   */
  schedulers(options?: CallOptions): Promise<string[]> {
    return availableSchedulers(this.#session, options);
  }

  /** The persistence engines that are available here; found as {@link schedulers} are. */
  engines(options?: CallOptions): Promise<string[]> {
    return availableEngines(this.#session, options);
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
   * The sync daemons that run in the namespace, at most two: the master, then the backup. Each as the kernel runs it, with
   * what it chose where it was not told.
   */
  syncDaemons(options?: CallOptions): Promise<SyncDaemon[]> {
    return this.#syncDaemons.list(options);
  }

  /**
   * Starts a sync daemon. A master sends what happens to the namespace's connections, and the templates of persistence, to
   * a multicast group; a backup takes in what others send there. A director that may have to take over runs a backup, or
   * both. A daemon stays when the handle is closed, until it is stopped or the namespace is gone.
   *
   * What the spec does not name, the kernel chooses: sync id 0, group `224.0.0.81`, port 8848, ttl 1, messages of 1500
   * bytes. Nothing of it can be changed while the daemon runs. Each role has as many threads as `net.ipv4.vs.sync_ports`
   * said when the first of the two was started, on as many ports from the given one on. Which connections a master sends,
   * and how, is set by `sync_threshold`, `sync_refresh_period`, `sync_persist_mode` and `sync_version` beside it. The
   * messages are neither encrypted nor authenticated.
   *
   * While a daemon runs, no destination can have another address family than its service. Rejects with `EEXIST` when one
   * of this role runs already, `ENODEV` when there is no such interface, `EINVAL` when there are destinations of another
   * family, and `ENETUNREACH`, `EADDRNOTAVAIL`, `EADDRINUSE` or `ENOBUFS` when the group cannot be used through the interface.
   */
  startSyncDaemon(spec: SyncDaemonSpec, options?: CallOptions): Promise<void> {
    return this.#syncDaemons.start(spec, options);
  }

  /**
   * Stops a sync daemon. What a master had not sent yet is dropped; the connections that a backup has taken in stay. Rejects
   * with `ESRCH` when none of this role runs.
   */
  stopSyncDaemon(role: SyncRole, options?: CallOptions): Promise<void> {
    return this.#syncDaemons.stop(role, options);
  }

  /**
   * What the whole network namespace has counted, from `/proc/net/ip_vs_stats`; its counters are 64 bits wide whatever
   * the transport. It goes on when services are removed, and `zero()` without a service sets it to 0. Like all counters
   * it can be two seconds behind. Needs no privilege. Rejects with `ENOENT` where there are no files of IPVS in
   * `/proc`.
   */
  totals(options?: CallOptions): Promise<Stats> {
    return this.#statistics.totals(options);
  }

  /**
   * What each processor has counted, from `/proc/net/ip_vs_stats_percpu`: at this very moment, and never zeroed. Needs
   * no privilege. Rejects with `ENOENT` where there are no files of IPVS in `/proc`.
   */
  cpuTotals(options?: CallOptions): Promise<CpuTotals[]> {
    return this.#statistics.cpuTotals(options);
  }

  /**
   * The helpers for protocols that open further connections, one for each port they help, from `/proc/net/ip_vs_app`;
   * `[]` when none is loaded. `modprobe ip_vs_ftp` loads the one for FTP. Needs no privilege. Rejects with `ENOENT`
   * where there are no files of IPVS in `/proc`.
   */
  applications(options?: CallOptions): Promise<ApplicationHelper[]> {
    return this.#statistics.applications(options);
  }

  /**
   * How large the kernel's tables are and how well filled, from `/proc/net/ip_vs_status`: `Conns`, `Conn buckets` and
   * so on, in the kernel's own words, which differ from one kernel to the next. `undefined` before Linux 7.1. With a
   * table of connections that has grown large it takes the kernel a moment. Rejects with `EACCES` for others than root,
   * and with `ENOENT` where there are no files of IPVS in `/proc`.
   */
  status(options?: CallOptions): Promise<Record<string, string> | undefined> {
    return this.#statistics.status(options);
  }

  /**
   * What is counted from one read of all counters to the next, every `intervalMs` milliseconds, 1000 to 2147483647: of
   * the namespace, of each service and of each destination. The first read is made when the first difference is asked
   * for, which comes an interval later. A consumer that is busy when a difference is due skips it, and the next one is
   * of the whole time; no two are less than half an interval apart. Rates are per second of the time that was measured.
   * Since the kernel refreshes its counters every two seconds, differences of one second alternate between nothing and
   * everything; 2000 and its multiples are steadier.
   *
   * Where counters began again from 0, `reset` says so. A reset that was followed by more than what it took away cannot
   * be told, nor can a service that was removed and made again and has counted more than before. On the `sockopt`
   * transport counters of connections and packets have 32 bits; one that passes its end is counted on.
   *
   * Ends with the loop, with `signal`, which rejects with its reason, or with {@link close}, which rejects with
   * `ERR_IPVS_CLOSED`. A read that the kernel refuses rejects as well, and ends it. Waiting keeps the process alive.
   * Throws {@link InvalidValueError} at once for an interval or options that make no sense.
   *
   * @example
   * for await (const { services } of ipvs.watchStats(2000)) {
   *   for (const { id, rates } of services) console.log(id, rates.connections, rates.bytesIn);
   * }
   */
  watchStats(
    intervalMs: number,
    options?: WatchStatsOptions,
  ): AsyncGenerator<StatsDifference, void, undefined> {
    const watch = checkWatch(intervalMs, options);
    const calls = {
      services: this.#services,
      destinations: this.#destinations,
      statistics: this.#statistics,
      bits: this.transport === 'netlink' ? 64 : 32,
    } as const;
    return watchStats(this.#session, calls, watch);
  }

  /**
   * Every sysctl under `net.ipv4.vs` that this kernel has in the handle's network namespace, whether the library knows
   * it or not. Numbers are numbers, but for those beyond `Number.MAX_SAFE_INTEGER`, which `sync_qlen_max` can hold:
   * they are text. `sync_threshold` is text such as `'3 50'`, `est_cpulist` is text. `{}` in a network namespace of
   * another user namespace than the first before Linux 6.10, which has none. Needs no privilege. Rejects with `ENOENT`
   * without IPVS.
   */
  sysctls(options?: CallOptions): Promise<Record<string, number | string>> {
    return this.#sysctls.list(options);
  }

  /**
   * Sets a sysctl under `net.ipv4.vs` of the handle's network namespace; {@link SysctlValues} says what each does and
   * takes. What it takes reads back as it was set, but for `drop_entry`, `drop_packet` and `secure_tcp` at 1 and 2,
   * which the kernel itself changes into each other, and `est_cpulist`, which it spells its own way. Takes root, or
   * CAP_NET_ADMIN in the user namespace that the network namespace belongs to.
   *
   * Rejects with {@link InvalidValueError} for a value that the sysctl does not take, before anything is written, and
   * for a name that neither the library nor the kernel knows. A sysctl that a later kernel has brought can be set under
   * its name (`name as SysctlName`) to a whole number from -2147483648 to 2147483647. Rejects with `ENOENT` for one
   * that this kernel does not have (`missing: 'sysctl'`), `EACCES` for one that can only be read here, `EROFS` where
   * /proc/sys can only be read, `EINVAL` or `ERANGE` for a value that this kernel does not take; `reason` says why.
   *
   * @example
   * await ipvs.setSysctl('expire_nodest_conn', 1);
   * await ipvs.setSysctl('sync_threshold', [1, 2]);
   */
  setSysctl<Name extends SysctlName>(
    name: Name,
    value: SysctlValues[Name],
    options?: CallOptions,
  ): Promise<void> {
    return this.#sysctls.set(name, value, options);
  }

  /**
   * The connections of the namespace and the templates of its persistent clients, as `/proc/net/ip_vs_conn` has them, in the
   * kernel's order; those of one-packet services are never there. What the filter leaves out is not made into objects.
   *
   * Throws `InvalidValueError` at once for a bad filter. The table is read when the listing is iterated, which can be done
   * once: two thousand entries at a time on the handle's thread, one such part ahead of what is taken, so that memory does not depend on the size
   * of the table. Other calls of the handle go in between. Leaving the loop, `signal` (the listing then throws its reason) and `close` end the
   * reading and close the file. The listing throws `IpvsError` with `ENOENT` where the kernel has no such file, `EBADMSG` where that
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

  /** Every network device of the namespace, by name. */
  listDevices(options?: CallOptions): Promise<NetworkDevice[]> {
    return this.#devices.list(options);
  }

  /** A network device by its name; `undefined` when there is none. */
  getDevice(name: string, options?: CallOptions): Promise<NetworkDevice | undefined> {
    return this.#devices.get(name, options);
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
   * Takes an address with the prefix length 32 or 128 from a device, or with the one that is named: `10.0.0.1/24`. The same
   * address with another prefix length stays, and so does the one on another device. Takes an IPv4-mapped address as it is, so that one which another program bound
   * can be taken away. Rejects with `EADDRNOTAVAIL` when the device has no such address, `ENODEV` when there is no such
   * device.
   */
  unbindAddress(device: string, address: string, options?: CallOptions): Promise<void> {
    return this.#devices.unbindAddress(device, address, options);
  }

  /** Closes the handle. Pending calls reject with the code `ERR_IPVS_CLOSED`, and so do later ones. What was set stays set. */
  close(): Promise<void> {
    this.#closing ??= this.#session.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

// Compiled, never run: what a caller may write, and what the compiler must refuse.
import {
  type AddressScope,
  type ApplicationHelper,
  type BoundAddress,
  type Connection,
  type ConnectionFilter,
  type CountedDestination,
  type CpuTotals,
  type Destination,
  type DestinationSpec,
  type Forward,
  Ipvs,
  type IpvsError,
  type IpvsSync,
  type Lazy,
  type LazySnapshot,
  type ObservedDestination,
  type ObservedService,
  type Service,
  type ServiceId,
  type ServiceSpec,
  type Stats,
  type SyncDaemon,
  type SyncDaemonSpec,
  type SysctlName,
  toObjects,
} from 'ipvs';

declare const ipvs: Ipvs;
declare const service: ObservedService;
declare const destination: ObservedDestination;
declare const daemon: SyncDaemon;
declare const connection: Connection;
declare const error: IpvsError;

/** Compiles when `Left` and `Right` are the same type. */
type Same<Left, Right> =
  (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
const isTrue = <_ extends true>() => {};

isTrue<Same<Awaited<ReturnType<typeof Ipvs.open>>, Ipvs>>();
isTrue<Same<Awaited<ReturnType<Ipvs['listServices']>>, ObservedService[]>>();
const lazyServices = ipvs.listServices({ lazy: true });
isTrue<Same<Awaited<typeof lazyServices>, Lazy<ObservedService>[]>>();
const lazyDestinations = ipvs.listDestinations(service, { lazy: true });
isTrue<Same<Awaited<typeof lazyDestinations>, Lazy<ObservedDestination>[]>>();
const lazySnapshot = ipvs.snapshot({ lazy: true, settings: false });
isTrue<Same<Awaited<typeof lazySnapshot>, LazySnapshot>>();
const plainObjects = toObjects<ObservedService>([]);
isTrue<Same<Awaited<typeof plainObjects>, ObservedService[]>>();
isTrue<Same<Awaited<ReturnType<Ipvs['getService']>>, ObservedService | undefined>>();
isTrue<Same<Awaited<ReturnType<Ipvs['listDestinations']>>, ObservedDestination[]>>();
isTrue<Same<Awaited<ReturnType<Ipvs['syncDaemons']>>, SyncDaemon[]>>();
isTrue<Same<Awaited<ReturnType<Ipvs['listAddresses']>>, BoundAddress[]>>();
isTrue<Same<Awaited<ReturnType<Ipvs['ensureDummy']>>, { readonly created: boolean }>>();
isTrue<Same<Stats['bytesIn'], bigint>>();
isTrue<Same<Awaited<ReturnType<Ipvs['totals']>>, Stats>>();
isTrue<Same<Awaited<ReturnType<Ipvs['cpuTotals']>>, CpuTotals[]>>();
isTrue<Same<Awaited<ReturnType<Ipvs['applications']>>, ApplicationHelper[]>>();
isTrue<Same<Awaited<ReturnType<Ipvs['status']>>, Record<string, string> | undefined>>();
isTrue<Same<Awaited<ReturnType<Ipvs['sysctls']>>, Record<string, number | string>>>();
isTrue<Same<IpvsError['code'], string>>();
isTrue<Same<ReturnType<IpvsSync['getService']>, ObservedService | undefined>>();
isTrue<Same<ReturnType<IpvsSync['listDestinations']>, ObservedDestination[]>>();

// What a call of `sync` takes and returns, the promise of the same name takes and resolves with.
ipvs satisfies {
  readonly [Name in keyof IpvsSync]: (
    ...args: Parameters<IpvsSync[Name]>
  ) => Promise<ReturnType<IpvsSync[Name]>>;
};
isTrue<Same<typeof ipvs.transport, 'netlink' | 'sockopt'>>();

// What is seen is complete, and can stand where a reference is wanted.
service satisfies Service;
destination satisfies Destination;
service.id satisfies string;
export const calls = [
  ipvs.getService(service),
  ipvs.getService(service.id),
  ipvs.getService('tcp/10.0.0.1:80'),
  ipvs.removeService({ fwmark: 7 }),
  ipvs.removeService({ fwmark: 7, family: 'ipv6' }),
  ipvs.removeDestination(service, destination),
  ipvs.removeDestination(service, { address: '10.1.0.5' }),
  ipvs.updateService(service, { persistence: { timeout: 60 } }),
  ipvs.updateDestination(service, destination, { tunnel: { checksum: 'full' } }),
  ipvs.setTimeouts({ udp: 30 }),
  ipvs.zero(),
  ipvs.startSyncDaemon({ role: 'backup', interface: 'eth0' }),
  ipvs.startSyncDaemon({ ...daemon, group: 'ff02::51', syncId: 7 }),
  ipvs.stopSyncDaemon(daemon.role),
  ipvs.setSysctl('drop_entry', 3),
  ipvs.setSysctl('est_cpulist', '0-3,8'),
  ipvs.setSysctl('sync_qlen_max', '18446744073709551615'),
  ipvs.setSysctl('sync_threshold', [3, 50]),
  ipvs.setSysctl('sync_threshold', '3 50'),
  ipvs.ensureDummy('ipvs0', { signal: AbortSignal.timeout(1) }),
  ipvs.removeDummy('ipvs0'),
  ipvs.listAddresses(),
  ipvs.listAddresses('ipvs0'),
  ipvs.listAddresses(undefined, { signal: AbortSignal.timeout(1) }),
  ipvs.bindAddress('ipvs0', '10.0.0.1'),
  ipvs.unbindAddress('ipvs0', '10.0.0.1'),
];

// What was read can be written again, whatever the name.
export const restore = async (values: Record<string, number | string>) => {
  for (const [name, value] of Object.entries(values)) {
    await ipvs.setSysctl(name as SysctlName, value);
  }
};

export const watched = async () => {
  for await (const { services } of ipvs.watchStats(2000, { services: [service, service.id] })) {
    for (const { rates, packetsIn, destinations } of services) {
      isTrue<Same<typeof rates.packetsIn, number>>();
      isTrue<Same<typeof packetsIn, bigint>>();
      isTrue<Same<typeof destinations, readonly CountedDestination[] | undefined>>();
    }
  }
};
ipvs.connections() satisfies AsyncIterable<Connection>;
ipvs.connections({ service, client: '10.0.0.0/8', destination, state: 'established' });
ipvs.connections({ destination: connection.destination, protocol: connection.protocol });
ipvs.connections({ templates: 'only', synced: true }, { signal: AbortSignal.timeout(1) });
export const ends: readonly (string | number)[] =
  'fwmark' in connection.virtual
    ? [connection.virtual.fwmark]
    : [connection.virtual.address, connection.virtual.port];
isTrue<Same<Connection['origin'], 'local' | 'sync' | undefined>>();
// What a newer kernel may invent is a text as well.
(connection.state === 'ESTABLISHED' ? '' : connection.state) satisfies string;
// @ts-expect-error
({ state: 'ESTABLISHD' }) satisfies ConnectionFilter;
// @ts-expect-error
({ templates: true }) satisfies ConnectionFilter;
// @ts-expect-error
connection.virtual.port;
// @ts-expect-error
connection.client.port = 1;

// A text becomes an id by being checked, not by being written.
// @ts-expect-error
export const id: ServiceId = 'tcp/10.0.0.1:80';

// @ts-expect-error
({ protocol: 'icmp', address: '10.0.0.1', port: 80 }) satisfies ServiceSpec;
// @ts-expect-error
({ protocol: 'tcp', address: '10.0.0.1' }) satisfies ServiceSpec;
// @ts-expect-error
({ protocol: 'tcp', address: '10.0.0.1', port: 80, sheduler: 'rr' }) satisfies ServiceSpec;
// @ts-expect-error
({ address: '10.0.0.1', forward: 'local' }) satisfies DestinationSpec;
// @ts-expect-error
({ address: '10.0.0.1', tunnel: { type: 'vxlan' } }) satisfies DestinationSpec;
// @ts-expect-error
'bypass' satisfies Forward;
// @ts-expect-error
({ role: 'slave', interface: 'eth0' }) satisfies SyncDaemonSpec;
// @ts-expect-error
({ role: 'master' }) satisfies SyncDaemonSpec;
// @ts-expect-error
({ role: 'master', interface: 'eth0', mcastGroup: '224.0.0.81' }) satisfies SyncDaemonSpec;
// @ts-expect-error
ipvs.stopSyncDaemon('both');
// @ts-expect-error
service.stats.connections = 1n;
// @ts-expect-error
error.errno.toFixed();
Ipvs.open({ transport: 'sockopt' });
// @ts-expect-error
Ipvs.open({ transport: 'smoke' });
// @ts-expect-error
Ipvs.open({ netns: {} });
// @ts-expect-error
ipvs.setSysctl('drop_entri', 1);
// @ts-expect-error
ipvs.setSysctl('drop_entry', '1');
// @ts-expect-error
ipvs.setSysctl('est_cpulist', 0);
// @ts-expect-error
ipvs.watchStats();
// @ts-expect-error
new Ipvs();
'scope-42' satisfies AddressScope;
// @ts-expect-error
'everywhere' satisfies AddressScope;
// @ts-expect-error
ipvs.bindAddress('ipvs0');

// Compiled, never run: what a caller may write, and what the compiler must refuse.
import {
  type AddressScope,
  type BoundAddress,
  type Destination,
  type DestinationSpec,
  type Forward,
  Ipvs,
  type IpvsError,
  type ObservedDestination,
  type ObservedService,
  type Service,
  type ServiceId,
  type ServiceSpec,
  type Stats,
} from 'ipvs';

declare const ipvs: Ipvs;
declare const service: ObservedService;
declare const destination: ObservedDestination;
declare const error: IpvsError;

/** Compiles when `Left` and `Right` are the same type. */
type Same<Left, Right> =
  (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
const isTrue = <_ extends true>() => {};

isTrue<Same<Awaited<ReturnType<typeof Ipvs.open>>, Ipvs>>();
isTrue<Same<Awaited<ReturnType<Ipvs['listServices']>>, ObservedService[]>>();
isTrue<Same<Awaited<ReturnType<Ipvs['getService']>>, ObservedService | undefined>>();
isTrue<Same<Awaited<ReturnType<Ipvs['listDestinations']>>, ObservedDestination[]>>();
isTrue<Same<Awaited<ReturnType<Ipvs['listAddresses']>>, BoundAddress[]>>();
isTrue<Same<Awaited<ReturnType<Ipvs['ensureDummy']>>, { readonly created: boolean }>>();
isTrue<Same<Stats['bytesIn'], bigint>>();
isTrue<Same<IpvsError['code'], string>>();
isTrue<Same<typeof ipvs.transport, 'netlink'>>();

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
  ipvs.ensureDummy('ipvs0', { signal: AbortSignal.timeout(1) }),
  ipvs.removeDummy('ipvs0'),
  ipvs.listAddresses(),
  ipvs.listAddresses('ipvs0'),
  ipvs.listAddresses(undefined, { signal: AbortSignal.timeout(1) }),
  ipvs.bindAddress('ipvs0', '10.0.0.1'),
  ipvs.unbindAddress('ipvs0', '10.0.0.1'),
];

'scope-42' satisfies AddressScope;
// @ts-expect-error
'everywhere' satisfies AddressScope;
// @ts-expect-error
ipvs.bindAddress('ipvs0');

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
service.stats.connections = 1n;
// @ts-expect-error
error.errno.toFixed();
// @ts-expect-error
Ipvs.open({ netns: {} });
// @ts-expect-error
new Ipvs();

import { canonicalAddress, familyOf } from './addresses.js';
import type { Service, ServicePort, TrafficPolicy } from './objects.js';

/** Where clients reach one port of a Service. */
export interface FrontEnd {
  readonly address: string;
  readonly port: number;
  readonly policy: TrafficPolicy;
}

/** Its addresses inside of the cluster; none for a headless Service, and for one that is but a name. */
export function clusterAddresses({ spec }: Service): string[] {
  const { type, clusterIP, clusterIPs = clusterIP === undefined ? [] : [clusterIP] } = spec;
  if (type === 'ExternalName' || clusterIPs.includes('None')) return [];
  return clusterIPs.filter((address) => address !== '').map(canonicalAddress);
}

/** Every way to a port of a Service: cluster addresses, those of load balancers, external ones, and node ports. */
export function frontEndsOf(
  service: Service,
  port: ServicePort,
  nodeAddresses: readonly string[],
): FrontEnd[] {
  const inside = clusterAddresses(service);
  // Without a cluster address of a family, a Service has no endpoints of it.
  const families = new Set(inside.map(familyOf));
  const outside = [...loadBalancerAddresses(service), ...(service.spec.externalIPs ?? [])];
  const { internalTrafficPolicy = 'Cluster', externalTrafficPolicy = 'Cluster' } = service.spec;
  const at = (addresses: readonly string[], number: number, policy: TrafficPolicy) =>
    addresses
      .map(canonicalAddress)
      .filter((address) => families.has(familyOf(address)))
      .map((address) => ({ address, port: number, policy }));
  return [
    ...at(inside, port.port, internalTrafficPolicy),
    ...at(outside, port.port, externalTrafficPolicy),
    ...(port.nodePort ? at(nodeAddresses, port.nodePort, externalTrafficPolicy) : []),
  ];
}

function loadBalancerAddresses({ spec, status }: Service): string[] {
  if (spec.type !== 'LoadBalancer') return [];
  const ingress = status?.loadBalancer?.ingress ?? [];
  return ingress.flatMap(({ ip, ipMode }) => (ip === undefined || ipMode === 'Proxy' ? [] : ip));
}

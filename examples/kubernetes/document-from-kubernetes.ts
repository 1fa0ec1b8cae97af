import type { Document, ServiceEntry } from 'ipvs';
import { canonicalAddress, familyOf } from './addresses.js';
import { destinationsOf, type Endpoint, endpointsOf } from './endpoints.js';
import { clusterAddresses, type FrontEnd, frontEndsOf } from './front-ends.js';
import type { EndpointSlice, Metadata, Service, ServicePort } from './objects.js';

/** What a cluster says, and where in it this node is. */
export interface KubernetesState {
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  /** Addresses of this node at which node ports answer. */
  readonly nodeAddresses: readonly string[];
  /** The name of this node, for the traffic policy `Local`. Without it every endpoint counts as one of this node. */
  readonly nodeName?: string;
}

/** The device that holds the addresses of Services, as kube-proxy calls it. */
export const device = 'kube-ipvs0';

/** Seconds that a client stays with its endpoint, where a Service does not say so. */
const defaultAffinity = 10_800;

/** Services with this label are the business of another proxy. */
const otherProxy = 'service.kubernetes.io/service-proxy-name';

/** The document that makes of IPVS what the Services and EndpointSlices of a cluster ask of each node. */
export function documentFromKubernetes(state: KubernetesState): Document {
  const nodeAddresses = new Set(state.nodeAddresses.map(canonicalAddress));
  const slices = slicesByService(state.endpointSlices);
  const entries = new Map<string, ServiceEntry>();
  const virtual = new Set<string>();
  for (const service of [...state.services].sort(byAge)) {
    if (service.metadata.labels?.[otherProxy] !== undefined) continue;
    if (clusterAddresses(service).length === 0) continue;
    const own = slices.get(nameOf(service.metadata)) ?? [];
    for (const port of service.spec.ports ?? []) {
      for (const front of frontEndsOf(service, port, [...nodeAddresses])) {
        const { protocol = 'TCP' } = port;
        const key = `${protocol} ${front.address} ${front.port}`;
        // Where two Services claim the same address and port, the older one has it.
        if (entries.has(key)) continue;
        const endpoints = endpointsOf(port, familyOf(front.address), own);
        entries.set(key, entryOf(service, port, front, local(endpoints, front, state)));
        if (!nodeAddresses.has(front.address)) virtual.add(front.address);
      }
    }
  }
  return {
    version: 1,
    defaults: { scheduler: 'rr', forward: 'masquerade' },
    services: [...entries.values()],
    vips: { device, bind: [...virtual] },
    // Neither clients with affinity nor those of an endpoint that is gone stay where nobody answers.
    sysctls: { expire_nodest_conn: 1, expire_quiescent_template: 1 },
  };
}

function slicesByService(slices: readonly EndpointSlice[]): Map<string, EndpointSlice[]> {
  const groups = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const { namespace, labels } = slice.metadata;
    const name = nameOf({ namespace, name: labels?.['kubernetes.io/service-name'] ?? '' });
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [slice]);
    else group.push(slice);
  }
  return groups;
}

function byAge({ metadata: one }: Service, { metadata: other }: Service): number {
  return (
    compare(one.creationTimestamp ?? '', other.creationTimestamp ?? '') ||
    compare(nameOf(one), nameOf(other))
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function nameOf({ namespace, name }: Pick<Metadata, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

function local(
  endpoints: readonly Endpoint[],
  { policy }: FrontEnd,
  { nodeName }: KubernetesState,
): readonly Endpoint[] {
  if (policy === 'Cluster' || nodeName === undefined) return endpoints;
  return endpoints.filter((endpoint) => endpoint.nodeName === nodeName);
}

function entryOf(
  { metadata, spec }: Service,
  { name, protocol = 'TCP' }: ServicePort,
  front: FrontEnd,
  endpoints: readonly Endpoint[],
): ServiceEntry {
  const { sessionAffinity, sessionAffinityConfig } = spec;
  const timeout = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinity;
  return {
    name: `${nameOf(metadata)}${name ? `:${name}` : ''} at ${front.address}:${front.port}`,
    protocol: protocol.toLowerCase() as Lowercase<typeof protocol>,
    address: front.address,
    port: front.port,
    ...(sessionAffinity === 'ClientIP' ? { persistence: { timeout } } : {}),
    destinations: destinationsOf(endpoints),
  };
}

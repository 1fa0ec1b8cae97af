/** What is read of a Service, `v1`. */
export interface Service {
  readonly metadata: Metadata;
  readonly spec: ServiceSpec;
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly LoadBalancerIngress[] };
  };
}

export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** RFC 3339, in UTC. */
  readonly creationTimestamp?: string | null;
}

export interface ServiceSpec {
  /** Default `ClusterIP`. */
  readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** `None`: headless. */
  readonly clusterIP?: string;
  /** The same of each family; the first is `clusterIP`. */
  readonly clusterIPs?: readonly string[];
  readonly externalIPs?: readonly string[];
  readonly ports?: readonly ServicePort[];
  /** Default `None`. */
  readonly sessionAffinity?: 'ClientIP' | 'None';
  readonly sessionAffinityConfig?: {
    readonly clientIP?: { readonly timeoutSeconds?: number } | null;
  };
  /** Default `Cluster`. */
  readonly internalTrafficPolicy?: TrafficPolicy;
  /** Default `Cluster`. */
  readonly externalTrafficPolicy?: TrafficPolicy;
}

export type TrafficPolicy = 'Cluster' | 'Local';

export interface ServicePort {
  /** Absent where there is one port alone. */
  readonly name?: string;
  /** Default `TCP`. */
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
  /** Absent or 0 where there is none. */
  readonly nodePort?: number;
}

export interface LoadBalancerIngress {
  /** Absent where the load balancer has a name alone. */
  readonly ip?: string;
  /** `Proxy`: packets come to the node under an address of its own. Default `VIP`. */
  readonly ipMode?: 'VIP' | 'Proxy';
}

/** What is read of an EndpointSlice, `discovery.k8s.io/v1`. */
export interface EndpointSlice {
  readonly metadata: Metadata;
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  readonly endpoints?: readonly SliceEndpoint[] | null;
  readonly ports?: readonly SlicePort[] | null;
}

export interface SliceEndpoint {
  /** All of them are the same endpoint; the first is the one to use. */
  readonly addresses: readonly string[];
  readonly conditions?: {
    /** Default true. */
    readonly ready?: boolean | null;
    /** Default: whether it is ready. */
    readonly serving?: boolean | null;
    /** Default false. */
    readonly terminating?: boolean | null;
  };
  readonly nodeName?: string | null;
}

/** A port of a Service, with the number that its name or `targetPort` stands for at these endpoints. */
export interface SlicePort {
  readonly name?: string | null;
  /** Default `TCP`. */
  readonly protocol?: string | null;
  readonly port?: number | null;
}

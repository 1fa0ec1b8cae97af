import type {
  EndpointSlice,
  Service,
  ServiceSpec,
  SliceEndpoint,
} from '../../examples/kubernetes/objects.js';

/** A Service `shop/web` of one port, that answers at 10.96.0.10. */
export function service(
  spec: Partial<ServiceSpec> = {},
  rest: Omit<Partial<Service>, 'metadata' | 'spec'> & {
    metadata?: Partial<Service['metadata']>;
  } = {},
): Service {
  return {
    ...rest,
    metadata: { namespace: 'shop', name: 'web', ...rest.metadata },
    spec: { clusterIPs: ['10.96.0.10'], ports: [{ port: 80, protocol: 'TCP' }], ...spec },
  };
}

/** A slice of `shop/web`, whose port is 8080. */
export function slice(
  endpoints: readonly SliceEndpoint[],
  rest: Omit<Partial<EndpointSlice>, 'endpoints'> = {},
): EndpointSlice {
  return {
    metadata: {
      namespace: 'shop',
      name: 'web-x7k2p',
      labels: { 'kubernetes.io/service-name': 'web' },
    },
    addressType: 'IPv4',
    ports: [{ name: '', protocol: 'TCP', port: 8080 }],
    endpoints,
    ...rest,
  };
}

type Conditions = NonNullable<SliceEndpoint['conditions']>;

export const ready: Conditions = { ready: true, serving: true, terminating: false };
export const unready: Conditions = { ready: false, serving: false, terminating: false };
export const terminating: Conditions = { ready: false, serving: true, terminating: true };
export const ending: Conditions = { ready: false, serving: false, terminating: true };

/** An endpoint at 10.244.0.`number`. */
export function endpoint(
  number: number,
  conditions: Conditions = ready,
  nodeName?: string,
): SliceEndpoint {
  const addresses = [`10.244.0.${number}`];
  return { addresses, conditions, ...(nodeName === undefined ? {} : { nodeName }) };
}

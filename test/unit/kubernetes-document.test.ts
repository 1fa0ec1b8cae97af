import test from 'ava';
import { type Document, normalize } from 'ipvs';
import {
  documentFromKubernetes,
  type KubernetesState,
} from '../../examples/kubernetes/document-from-kubernetes.js';
import {
  ending,
  endpoint,
  ready,
  service,
  slice,
  terminating,
  unready,
} from './_kubernetes-objects.js';

const nodeAddresses = ['192.0.2.11', '2001:db8::11'];

/** Each service in a line: what clients see, and its destinations with their weights. */
function linesOf(document: Document): string[] {
  return normalize(document).services.map(({ id, persistence, destinations }) =>
    [
      id,
      ...(persistence === undefined ? [] : [`(${persistence.timeout} s)`]),
      ...destinations.map(({ id: destination, weight }) => `${destination}*${weight}`),
    ].join(' '),
  );
}

const becomes = test.macro({
  exec(t, given: Partial<KubernetesState>, ...lines: readonly string[]) {
    const state = { services: [service()], endpointSlices: [slice([endpoint(1)])], nodeAddresses };
    t.deepEqual(linesOf(documentFromKubernetes({ ...state, ...given })), lines);
  },
  title: (title) => title ?? '',
});

const web = 'tcp/10.96.0.10:80';
const one = '10.244.0.1:8080*1';

test('a cluster address', becomes, {}, `${web} ${one}`);
test('no Services', becomes, { services: [] });
test('a Service without slices', becomes, { endpointSlices: [] }, web);
test(
  'an object with nothing but what it needs',
  becomes,
  {
    services: [
      {
        metadata: { namespace: 'shop', name: 'web' },
        spec: { clusterIP: '10.96.0.10', ports: [{ port: 80 }] },
      },
    ],
    endpointSlices: [slice([{ addresses: ['10.244.0.1'] }], { ports: [{ port: 8080 }] })],
  },
  `${web} ${one}`,
);

// Services that are none of this
test('a headless Service', becomes, {
  services: [service({ clusterIP: 'None', clusterIPs: ['None'] })],
});
test('a name', becomes, { services: [service({ type: 'ExternalName', clusterIPs: [''] })] });
test('a Service without address', becomes, { services: [service({ clusterIPs: [] })] });
test('a Service without ports', becomes, { services: [service({ ports: [] })] });
test('a Service of another proxy', becomes, {
  services: [
    service({}, { metadata: { labels: { 'service.kubernetes.io/service-proxy-name': 'mesh' } } }),
  ],
});

// Ways to a Service
const dual = ['10.96.0.10', 'fd00:96::10'];
const slice6 = slice([{ addresses: ['fd00:244::1'] }], { addressType: 'IPv6' });
test(
  'both families',
  becomes,
  {
    services: [service({ clusterIPs: dual })],
    endpointSlices: [slice([endpoint(1)]), slice6],
  },
  `${web} ${one}`,
  'tcp/[fd00:96::10]:80 [fd00:244::1]:8080*1',
);
test(
  'a node port, on the addresses of the node of its families',
  becomes,
  { services: [service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] })] },
  `${web} ${one}`,
  `tcp/192.0.2.11:30080 ${one}`,
);
test(
  'a node port of both families',
  becomes,
  {
    services: [
      service({ type: 'NodePort', clusterIPs: dual, ports: [{ port: 80, nodePort: 30080 }] }),
    ],
  },
  `${web} ${one}`,
  `tcp/192.0.2.11:30080 ${one}`,
  'tcp/[2001:db8::11]:30080',
  'tcp/[fd00:96::10]:80',
);
const ingress = [
  { ip: '203.0.113.7' },
  { ip: '203.0.113.8', ipMode: 'VIP' },
  { ip: '203.0.113.9', ipMode: 'Proxy' },
  { ip: '2001:db8::7' },
  {},
] as const;
test(
  'a load balancer, whose addresses are of its families',
  becomes,
  {
    services: [
      service(
        { type: 'LoadBalancer', ports: [{ port: 80, nodePort: 0 }] },
        { status: { loadBalancer: { ingress } } },
      ),
    ],
  },
  `${web} ${one}`,
  `tcp/203.0.113.7:80 ${one}`,
  `tcp/203.0.113.8:80 ${one}`,
);
test(
  'what a load balancer left behind',
  becomes,
  { services: [service({ type: 'ClusterIP' }, { status: { loadBalancer: { ingress } } })] },
  `${web} ${one}`,
);
test(
  'external addresses, of whatever type the Service is',
  becomes,
  { services: [service({ externalIPs: ['198.51.100.1', '2001:db8::1'] })] },
  `${web} ${one}`,
  `tcp/198.51.100.1:80 ${one}`,
);

// Ports and protocols
test(
  'ports are known by name, whose number the slices have',
  becomes,
  {
    services: [
      service({
        ports: [
          { name: 'dns', protocol: 'UDP', port: 53 },
          { name: 'dns-tcp', protocol: 'TCP', port: 53 },
          { name: 'calls', protocol: 'SCTP', port: 9 },
          { name: 'metrics', protocol: 'TCP', port: 9153 },
        ],
      }),
    ],
    endpointSlices: [
      slice([endpoint(1)], {
        ports: [
          { name: 'dns-tcp', protocol: 'TCP', port: 5354 },
          { name: 'calls', protocol: 'SCTP', port: 9000 },
          { name: 'dns', protocol: 'UDP', port: 5353 },
          { name: 'metrics', protocol: 'TCP', port: null },
        ],
      }),
      slice([endpoint(2)], { ports: [{ name: 'dns', protocol: 'UDP', port: 5399 }] }),
    ],
  },
  'sctp/10.96.0.10:9 10.244.0.1:9000*1',
  'tcp/10.96.0.10:53 10.244.0.1:5354*1',
  'udp/10.96.0.10:53 10.244.0.1:5353*1 10.244.0.2:5399*1',
  'tcp/10.96.0.10:9153',
);

// Slices
test(
  'slices of other Services, namespaces and kinds of address',
  becomes,
  {
    endpointSlices: [
      slice([endpoint(1)]),
      slice([endpoint(2)], {
        metadata: {
          namespace: 'shop',
          name: 'api-1',
          labels: { 'kubernetes.io/service-name': 'api' },
        },
      }),
      slice([endpoint(3)], {
        metadata: {
          namespace: 'test',
          name: 'web-1',
          labels: { 'kubernetes.io/service-name': 'web' },
        },
      }),
      slice([endpoint(4)], { metadata: { namespace: 'shop', name: 'web' } }),
      slice([{ addresses: ['web.example.com'] }], { addressType: 'FQDN' }),
      slice([{ addresses: [] }]),
      { ...slice([]), endpoints: null, ports: null },
    ],
  },
  `${web} ${one}`,
);
test(
  'an endpoint that is in two slices, as good as in the better of them',
  becomes,
  {
    endpointSlices: [
      slice([endpoint(1, terminating), endpoint(2)]),
      slice([endpoint(1), endpoint(2, ending)]),
    ],
  },
  `${web} ${one} 10.244.0.2:8080*1`,
);

// Conditions
for (const [title, conditions, weights] of [
  ['all are ready', [ready, ready], [1, 1]],
  ['what is not said is ready', [{}, ready], [1, 1]],
  ['one is not ready', [unready, ready], [undefined, 1]],
  ['one terminates', [terminating, ready], [0, 1]],
  ['one ends', [ending, ready], [0, 1]],
  ['one terminates and the other is not ready', [terminating, unready], [1, undefined]],
  ['all terminate', [terminating, ending], [1, 0]],
  ['all end', [ending, ending], [0, 0]],
  ['none is ready', [unready, unready], [undefined, undefined]],
  ['serving is what ready is', [{ ready: false, terminating: true }, ready], [0, 1]],
  ['ready whatever else', [{ ready: true, terminating: true }, ready], [1, 1]],
] as const) {
  const endpointSlices = [slice(conditions.map((each, index) => endpoint(index + 1, each)))];
  const destinations = weights.map((weight, index) =>
    weight === undefined ? '' : ` 10.244.0.${index + 1}:8080*${weight}`,
  );
  test(title, becomes, { endpointSlices }, `${web}${destinations.join('')}`);
}

// Affinity
test(
  'clients stay for three hours',
  becomes,
  { services: [service({ sessionAffinity: 'ClientIP' })] },
  `${web} (10800 s) ${one}`,
);
test(
  'clients stay as long as it is said',
  becomes,
  {
    services: [
      service({
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
      }),
    ],
  },
  `${web} (60 s) ${one}`,
);
test(
  'clients do not stay',
  becomes,
  { services: [service({ sessionAffinity: 'None' })] },
  `${web} ${one}`,
);

// Traffic policies
const spread = [slice([endpoint(1, ready, 'a'), endpoint(2, ready, 'b'), endpoint(3)])];
const ports = [{ port: 80, nodePort: 30080 }];
test(
  'traffic from outside stays on the node',
  becomes,
  {
    services: [
      service(
        {
          type: 'LoadBalancer',
          externalTrafficPolicy: 'Local',
          externalIPs: ['198.51.100.1'],
          ports,
        },
        { status: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } } },
      ),
    ],
    endpointSlices: spread,
    nodeName: 'b',
  },
  `${web} ${one} 10.244.0.2:8080*1 10.244.0.3:8080*1`,
  'tcp/192.0.2.11:30080 10.244.0.2:8080*1',
  'tcp/198.51.100.1:80 10.244.0.2:8080*1',
  'tcp/203.0.113.7:80 10.244.0.2:8080*1',
);
test(
  'traffic from inside stays on the node',
  becomes,
  {
    services: [service({ type: 'NodePort', internalTrafficPolicy: 'Local', ports })],
    endpointSlices: spread,
    nodeName: 'a',
  },
  `${web} ${one}`,
  `tcp/192.0.2.11:30080 ${one} 10.244.0.2:8080*1 10.244.0.3:8080*1`,
);
test(
  'a node without endpoints refuses what should stay on it',
  becomes,
  {
    services: [service({ internalTrafficPolicy: 'Local' })],
    endpointSlices: spread,
    nodeName: 'c',
  },
  web,
);
test(
  'on a node whose endpoints all terminate, those still serve',
  becomes,
  {
    services: [service({ internalTrafficPolicy: 'Local' })],
    endpointSlices: [slice([endpoint(1, terminating, 'a'), endpoint(2, ready, 'b')])],
    nodeName: 'a',
  },
  `${web} ${one}`,
);
test(
  'a director that is no node sends everywhere',
  becomes,
  { services: [service({ internalTrafficPolicy: 'Local' })], endpointSlices: spread },
  `${web} ${one} 10.244.0.2:8080*1 10.244.0.3:8080*1`,
);

// More than one Service
const older = service(
  { clusterIPs: ['10.96.0.11'], externalIPs: ['198.51.100.1'] },
  { metadata: { name: 'old', creationTimestamp: '2024-03-01T00:00:00Z' } },
);
const younger = service(
  { externalIPs: ['198.51.100.1'] },
  { metadata: { creationTimestamp: '2024-03-02T00:00:00Z' } },
);
for (const services of [
  [older, younger],
  [younger, older],
]) {
  test(
    `the older of two has the address that both claim: ${services[0]?.metadata.name} first`,
    becomes,
    { services },
    `${web} ${one}`,
    'tcp/10.96.0.11:80',
    'tcp/198.51.100.1:80',
  );
}

test('the order of objects makes no difference', (t) => {
  const services = [service(), older, younger];
  const endpointSlices = [slice([endpoint(1), endpoint(2)]), slice([endpoint(3)])];
  const document = documentFromKubernetes({ services, endpointSlices, nodeAddresses });
  const reversed = documentFromKubernetes({
    services: services.toReversed(),
    endpointSlices: endpointSlices.toReversed(),
    nodeAddresses: nodeAddresses.toReversed(),
  });
  t.deepEqual(normalize(reversed), normalize(document));
});

test('addresses are bound but those of the node, in whatever spelling', (t) => {
  const document = documentFromKubernetes({
    services: [
      service(
        {
          type: 'LoadBalancer',
          clusterIPs: dual,
          externalIPs: ['192.0.2.11', '2001:0DB8:0::11', '198.51.100.1'],
          ports,
        },
        { status: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } } },
      ),
    ],
    endpointSlices: [],
    nodeAddresses: ['192.0.2.11', '2001:DB8::11'],
  });
  t.deepEqual(normalize(document).vips, {
    device: 'kube-ipvs0',
    create: true,
    bind: ['10.96.0.10', '198.51.100.1', '203.0.113.7', 'fd00:96::10'],
    own: 'device',
  });
});

test('services are named for people', (t) => {
  const document = documentFromKubernetes({
    services: [service({ ports: [{ name: 'http', port: 80, nodePort: 30080 }] })],
    endpointSlices: [],
    nodeAddresses,
  });
  t.deepEqual(
    document.services.map(({ name }) => name),
    ['shop/web:http at 10.96.0.10:80', 'shop/web:http at 192.0.2.11:30080'],
  );
});

test('clients with affinity leave an endpoint that has lost its weight', (t) => {
  const document = documentFromKubernetes({ services: [], endpointSlices: [], nodeAddresses });
  t.deepEqual(document.sysctls, { expire_nodest_conn: 1, expire_quiescent_template: 1 });
});

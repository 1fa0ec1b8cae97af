import test from 'ava';
import { seenAddresses } from './_devices.js';
import { makeNode, makeService, makeSlice, node, settled } from './_kubernetes.js';

const [client, ...otherClients] = node.clients;
const [first, second] = node.endpoints;
const both = [{ addresses: [first] }, { addresses: [second] }];
const destinations = `${first}:8080*1 ${second}:8080*1`;
const terminating = { ready: false, serving: true, terminating: true };

/** The Service that every cluster has. */
const kubernetes = [
  makeService('kubernetes', {
    clusterIPs: ['10.96.0.1'],
    ports: [{ name: 'https', protocol: 'TCP', port: 443 }],
  }),
  makeSlice(
    'kubernetes',
    'IPv4',
    [{ addresses: [node.ipv4] }],
    [{ name: 'https', protocol: 'TCP', port: 6443 }],
  ),
];
const alone = { 'tcp/10.96.0.1:443': `${node.ipv4}:6443*1` };

const http = { name: 'http', protocol: 'TCP', port: 80 } as const;

test.serial('a Service is reached in every way, over both families', async (t) => {
  const cluster = await makeNode(t, [
    ...kubernetes,
    makeService(
      'web',
      {
        type: 'LoadBalancer',
        clusterIPs: ['10.96.0.10', 'fd00:96::10'],
        externalIPs: ['198.51.100.1'],
        ports: [{ ...http, nodePort: 30_080 }],
      },
      { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } },
    ),
    makeSlice('web', 'IPv4', both),
    makeSlice(
      'web',
      'IPv6',
      node.endpoints6.map((address) => ({ addresses: [address] })),
    ),
  ]);
  const destinations6 = node.endpoints6.map((address) => `[${address}]:8080*1`).join(' ');
  await cluster.becomes(t, {
    [`tcp/${node.ipv4}:30080`]: destinations,
    ...alone,
    'tcp/10.96.0.10:80': destinations,
    'tcp/198.51.100.1:80': destinations,
    'tcp/203.0.113.7:80': destinations,
    [`tcp/[${node.ipv6}]:30080`]: destinations6,
    'tcp/[fd00:96::10]:80': destinations6,
  });
  t.deepEqual((await seenAddresses(cluster, 'kube-ipvs0')).sort(), [
    '10.96.0.1/32 global',
    '10.96.0.10/32 global',
    '198.51.100.1/32 global',
    '203.0.113.7/32 global',
    'fd00:96::10/128 global',
  ]);
  for (const [to, port] of [
    ['10.96.0.10', 80],
    [node.ipv4, 30_080],
    ['203.0.113.7', 80],
    ['198.51.100.1', 80],
  ] as const) {
    const answers = await cluster.ask('ask', { from: client, to, port, times: 4 });
    t.deepEqual(answers.sort(), [first, first, second, second], to);
  }
  for (const [to, port] of [
    ['fd00:96::10', 80],
    [node.ipv6, 30_080],
  ] as const) {
    const answers = await cluster.ask('ask', { from: node.client6, to, port, times: 2 });
    t.deepEqual(answers.sort(), [...node.endpoints6], to);
  }
  t.is(cluster.errors(), '');
});

test.serial('ports of one number and two protocols are two services', async (t) => {
  const cluster = await makeNode(t, [
    makeService('dns', {
      clusterIPs: ['10.96.0.53'],
      ports: [
        { name: 'dns', protocol: 'UDP', port: 53 },
        { name: 'dns-tcp', protocol: 'TCP', port: 53 },
      ],
    }),
    makeSlice('dns', 'IPv4', both, [
      { name: 'dns', protocol: 'UDP', port: 8080 },
      { name: 'dns-tcp', protocol: 'TCP', port: 8080 },
    ]),
  ]);
  await cluster.becomes(t, {
    'tcp/10.96.0.53:53': destinations,
    'udp/10.96.0.53:53': destinations,
  });
  for (const command of ['ask', 'askByUdp'] as const) {
    const call = { from: client, to: '10.96.0.53', port: 53, times: 4 };
    const answers = await cluster.ask(command, call);
    t.deepEqual(answers.sort(), [first, first, second, second], command);
  }
});

test.serial('a client with affinity stays with its endpoint, until that terminates', async (t) => {
  const web = makeService('web', {
    clusterIPs: ['10.96.0.10'],
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
    ports: [http],
  });
  const cluster = await makeNode(t, [web, makeSlice('web', 'IPv4', both)]);
  const id = 'tcp/10.96.0.10:80';
  await cluster.becomes(t, { [id]: destinations });
  const call = { to: '10.96.0.10', port: 80, times: 6 };

  const endpoints = new Set<string>();
  let ofClient: string | undefined;
  for (const from of node.clients) {
    const [endpoint = '', ...others] = await cluster.ask('ask', { ...call, from });
    t.deepEqual(others, Array(5).fill(endpoint));
    endpoints.add(endpoint);
    ofClient ??= endpoint;
  }
  t.deepEqual([...endpoints].sort(), [first, second]);

  const [gone, left] = ofClient === first ? [first, second] : [second, first];
  await cluster.write([
    web,
    makeSlice('web', 'IPv4', [
      { addresses: [gone], conditions: terminating },
      { addresses: [left] },
    ]),
  ]);
  const weights = node.endpoints.map((each) => `${each}:8080*${each === gone ? 0 : 1}`);
  await cluster.becomes(t, { [id]: weights.join(' ') });
  t.deepEqual(await cluster.ask('ask', { ...call, from: client }), Array(6).fill(left));
});

test.serial(
  'an endpoint that terminates gets no new connections, and those it has go on',
  async (t) => {
    const web = makeService('web', { clusterIPs: ['10.96.0.10'], ports: [http] });
    const cluster = await makeNode(t, [web, makeSlice('web', 'IPv4', both)]);
    const id = 'tcp/10.96.0.10:80';
    const call = { from: client, to: '10.96.0.10', port: 80 };
    await cluster.becomes(t, { [id]: destinations });
    const holders = await cluster.ask('hold', { ...call, times: 4 });
    t.deepEqual(holders.sort(), [first, first, second, second]);

    await cluster.write([
      web,
      makeSlice('web', 'IPv4', [
        { addresses: [first], conditions: terminating },
        { addresses: [second] },
      ]),
    ]);
    await cluster.becomes(t, { [id]: `${first}:8080*0 ${second}:8080*1` });
    t.deepEqual(await cluster.ask('ask', { ...call, times: 10 }), Array(10).fill(second));
    t.deepEqual(await cluster.talk(), Array(4).fill('still there'));

    await cluster.write([web, makeSlice('web', 'IPv4', [{ addresses: [second] }])]);
    t.deepEqual(await cluster.talk(), Array(4).fill('still there'));
    await cluster.close();
    await cluster.becomes(t, { [id]: `${second}:8080*1` });
  },
);

test.serial('where all endpoints terminate, they still serve', async (t) => {
  const web = makeService('web', { clusterIPs: ['10.96.0.10'], ports: [http] });
  const slice = makeSlice('web', 'IPv4', [{ addresses: [first], conditions: terminating }]);
  const cluster = await makeNode(t, [web, slice]);
  await cluster.becomes(t, { 'tcp/10.96.0.10:80': `${first}:8080*1` });
  const call = { from: client, to: '10.96.0.10', port: 80 };
  t.deepEqual(await cluster.ask('ask', call), [first]);
});

test.serial('a Service that is deleted leaves nothing behind', async (t) => {
  const cluster = await makeNode(t, [
    ...kubernetes,
    makeService('web', { clusterIPs: ['10.96.0.10'], ports: [{ ...http, nodePort: 30_080 }] }),
    makeSlice('web', 'IPv4', both),
  ]);
  const all = {
    [`tcp/${node.ipv4}:30080`]: destinations,
    ...alone,
    'tcp/10.96.0.10:80': destinations,
  };
  await cluster.becomes(t, all);
  const [from] = otherClients;
  t.is((await cluster.ask('ask', { from, to: '10.96.0.10', port: 80, times: 4 })).length, 4);

  // Half of a file is none.
  await cluster.write('{ "kind": "List", "items": [');
  await settled(
    async () => cluster.errors(),
    (errors) => errors !== '',
  );
  t.regex(cluster.errors(), /JSON/);
  await cluster.becomes(t, all);

  await cluster.write(kubernetes);
  await cluster.becomes(t, alone);
  t.deepEqual(
    await settled(
      () => seenAddresses(cluster, 'kube-ipvs0'),
      (addresses) => addresses.length === 1,
    ),
    ['10.96.0.1/32 global'],
  );

  // And the program leaves what it made.
  t.is(await cluster.stop(), 0);
  await cluster.becomes(t, alone);
});

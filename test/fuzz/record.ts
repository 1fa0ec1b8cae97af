// Does a little of everything that the kernel answers, in the network namespace that it is started in; `recorder.c`
// keeps the answers, and the requests are kept here. Its argument is the folder for these.
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DestinationSpec, Ipvs, type ServiceSpec } from 'ipvs';
import { loadNative } from '#lib/kernel/native.js';
import { encodeMessage, type SyncedConnection } from '../kernel/_sync-messages.js';

const folder = process.argv[2] as string;
// Nothing that is started here is recorded.
delete process.env['LD_PRELOAD'];
let kept = 0;

/** Keeps the records of requests as they cross to the addon. */
function keepRequests(): void {
  const addon = loadNative();
  const { open } = addon;
  const size = addon.layouts.request.size;
  addon.open = (...words) => {
    const handle = open(...words);
    if ('status' in handle) return handle;
    const { submit } = handle;
    handle.submit = (requests, count, ticket) => {
      kept += 1;
      writeFileSync(join(folder, `r${kept}-request`), requests.subarray(0, count * size));
      return submit.call(handle, requests, count, ticket);
    };
    return handle;
  };
}

const services: readonly ServiceSpec[] = [
  { protocol: 'tcp', address: '10.9.0.1', port: 80 },
  { protocol: 'tcp', address: '10.9.0.1', port: 443, scheduler: 'mh', schedulerFlags: ['mh-port'] },
  { protocol: 'udp', address: '10.9.0.2', port: 53, scheduler: 'rr', onePacket: true },
  { protocol: 'sctp', address: '10.9.0.3', port: 9, scheduler: 'wrr', persistence: true },
  {
    protocol: 'tcp',
    address: '10.9.0.4',
    port: 0,
    persistence: { timeout: 1, netmask: '255.255.0.0' },
  },
  { protocol: 'tcp', address: 'fd00:9::1', port: 80, scheduler: 'sh', schedulerFlags: ['sh-port'] },
  { protocol: 'udp', address: 'fd00:9::1', port: 53, persistence: { netmask: 64 } },
  { fwmark: 1, scheduler: 'lblcr' },
  { fwmark: 4_294_967_295, family: 'ipv6', scheduler: 'nq' },
];

const withEngine: ServiceSpec = {
  protocol: 'udp',
  address: '10.9.0.5',
  port: 5060,
  scheduler: 'rr',
  persistence: { timeout: 60, engine: 'sip' },
};

const destinations: readonly DestinationSpec[] = [
  { address: '10.1.0.1', port: 8080, weight: 65535, upperThreshold: 100, lowerThreshold: 10 },
  { address: '10.1.0.2', port: 8080, weight: 0, forward: 'direct' },
  { address: '10.1.0.3', port: 8080, forward: 'tunnel' },
];

const wrapped: readonly DestinationSpec[] = [
  {
    address: '10.1.0.4',
    port: 80,
    forward: 'tunnel',
    tunnel: { type: 'gue', port: 6080, checksum: 'remote' },
  },
  { address: '10.1.0.5', port: 80, forward: 'tunnel', tunnel: { type: 'gre', checksum: 'full' } },
  { address: 'fd00:1::6', port: 80, forward: 'tunnel' },
];

/** Connections of every kind of line. */
const connections: readonly SyncedConnection[] = [6, 17, 132].flatMap((protocol) =>
  [0, 1, 4, 7].flatMap((state): SyncedConnection[] => [
    {
      protocol,
      client: ['10.7.0.1', 1000 + state],
      virtual: ['10.9.0.1', 80],
      destination: ['10.1.0.1', 8080],
      state,
    },
    {
      protocol,
      client: ['fd00:7::1', 1000 + state],
      virtual: ['fd00:9::1', 80],
      destination: ['fd00:1::1', 80],
      state,
    },
  ]),
);

const templates: readonly SyncedConnection[] = [
  {
    protocol: 6,
    client: ['10.7.0.0', 0],
    virtual: ['10.9.0.3', 80],
    destination: ['10.1.0.1', 80],
    template: true,
  },
  {
    protocol: 0,
    client: ['10.7.0.9', 0],
    virtual: ['0.0.0.7', 0],
    destination: ['10.1.0.1', 0],
    template: true,
    fwmark: 7,
  },
  {
    protocol: 17,
    client: ['10.7.0.2', 0],
    virtual: ['10.9.0.5', 5060],
    destination: ['10.1.0.1', 5060],
    template: true,
    engine: ['sip', 'a call@host'],
  },
];

/** What is refused, or not known to this kernel, is an answer as well. */
async function attempt(call: Promise<unknown>): Promise<void> {
  await call.catch(() => undefined);
}

async function fill(ipvs: Ipvs): Promise<void> {
  for (const service of services) {
    await attempt(ipvs.addService(service));
    for (const destination of destinations) {
      const ipv6 = 'address' in service ? service.address.includes(':') : service.family === 'ipv6';
      const address = ipv6
        ? destination.address.replace('10.1.0.', 'fd00:1::')
        : destination.address;
      const port = 'port' in service && service.port !== 0 ? service.port : 0;
      await attempt(ipvs.addDestination(service, { ...destination, address, port }));
    }
  }
  await attempt(ipvs.addService(withEngine));
  const first = services[0] as ServiceSpec;
  for (const destination of wrapped) await attempt(ipvs.addDestination(first, destination));
  await attempt(ipvs.addService({ ...first, scheduler: 'missing' }));
  await attempt(ipvs.removeService({ protocol: 'tcp', address: '10.9.9.9', port: 1 }));
  await attempt(ipvs.updateService(first, { scheduler: 'wlc' }));
  await attempt(ipvs.updateDestination(first, { address: '10.1.0.1', port: 80 }, { weight: 3 }));
  await attempt(ipvs.setTimeouts({ tcp: 901, tcpFin: 121, udp: 301 }));
  await attempt(Promise.all(services.map((service) => ipvs.zero(service))));
}

async function read(ipvs: Ipvs): Promise<void> {
  await attempt(ipvs.info());
  await attempt(ipvs.timeouts());
  await attempt(ipvs.listServices());
  await attempt(ipvs.snapshot());
  await attempt(ipvs.syncDaemons());
  for (const service of services) {
    await attempt(ipvs.getService(service));
    await attempt(ipvs.listDestinations(service));
  }
  await attempt(ipvs.getService({ fwmark: 99 }));
  for (const synced of [false, true]) {
    for await (const _ of ipvs.connections({ synced }));
  }
}

async function startDaemons(ipvs: Ipvs): Promise<void> {
  execFileSync('ip', ['link', 'add', 'sync0', 'up', 'mtu', '65000', 'type', 'dummy']);
  execFileSync('ip', ['address', 'add', '10.78.0.1/24', 'dev', 'sync0']);
  await ipvs.startSyncDaemon({ role: 'master', interface: 'sync0', syncId: 1 });
  await ipvs.startSyncDaemon({ role: 'backup', interface: 'sync0' });
}

/** Tells the backup daemon of the connections, and waits until it has most: not every kernel takes every state. */
async function tell(ipvs: Ipvs): Promise<void> {
  const socket = createSocket('udp4');
  socket.bind();
  await once(socket, 'listening');
  socket.setMulticastInterface('10.78.0.1');
  socket.setMulticastLoopback(true);
  const message = encodeMessage(
    [...connections, ...templates].map((each) => ({ timeout: 900, ...each })),
  );
  const end = Date.now() + 20_000;
  for (let seen = 0; seen < connections.length / 2 && Date.now() < end; await sleep(200)) {
    socket.send(message, 8848, '224.0.0.81');
    seen = 0;
    for await (const _ of ipvs.connections()) seen += 1;
  }
  socket.close();
  if (Date.now() >= end) throw new Error('the connections do not come');
}

async function useDevices(ipvs: Ipvs): Promise<void> {
  await attempt(ipvs.ensureDummy('lvs0'));
  for (const address of ['10.9.0.1/32', 'fd00:9::1/128', '10.9.0.2/24']) {
    await attempt(ipvs.bindAddress('lvs0', address));
  }
  await attempt(ipvs.listDevices());
  await attempt(ipvs.listAddresses());
  await attempt(ipvs.getDevice('missing'));
  await attempt(ipvs.unbindAddress('lvs0', '10.9.0.1/32'));
  await attempt(ipvs.removeDummy('lvs0'));
}

keepRequests();
await using ipvs = await Ipvs.open({ transport: 'netlink' });
await startDaemons(ipvs);
await tell(ipvs);
await fill(ipvs);
await read(ipvs);
for (const role of ['master', 'backup'] as const) await ipvs.stopSyncDaemon(role);
// A destination of the other family and a daemon rule each other out.
await fill(ipvs);
await read(ipvs);
await useDevices(ipvs);
await using options = await Ipvs.open({ transport: 'sockopt' });
await options.flush();
await fill(options);
await read(options);

// Makes every call once and prints how each ended: `done`, or the code and reason of its error.
import { type CallOptions, Ipvs, normalize } from 'ipvs';

type Call = (ipvs: Ipvs) => unknown;

const service = 'tcp/10.9.0.1:80';
const destination = '10.9.1.1:80';
const document = {
  version: 1,
  services: [{ protocol: 'udp', address: '10.9.0.2', port: 53 }],
} as const;
const soon = (): CallOptions => ({ signal: AbortSignal.timeout(60_000) });

async function first<Value>(values: AsyncIterable<Value>): Promise<void> {
  for await (const _ of values) return;
}

/** In an order in which each can succeed. */
const calls: Readonly<Record<string, Call>> = {
  info: (ipvs) => ipvs.info(soon()),
  addService: (ipvs) => ipvs.addService({ protocol: 'tcp', address: '10.9.0.1', port: 80 }),
  setService: (ipvs) => ipvs.setService({ protocol: 'tcp', address: '10.9.0.1', port: 80 }),
  updateService: (ipvs) => ipvs.updateService(service, { persistence: { timeout: 60 } }),
  addDestination: (ipvs) => ipvs.addDestination(service, { address: '10.9.1.1', port: 80 }),
  setDestination: (ipvs) => ipvs.setDestination(service, { address: '10.9.1.1', port: 80 }),
  updateDestination: (ipvs) => ipvs.updateDestination(service, destination, { weight: 2 }),
  listServices: (ipvs) => ipvs.listServices(),
  getService: (ipvs) => ipvs.getService(service),
  listDestinations: (ipvs) => ipvs.listDestinations(service),
  snapshot: (ipvs) => ipvs.snapshot(),
  connections: (ipvs) => first(ipvs.connections()),
  totals: (ipvs) => ipvs.totals(),
  cpuTotals: (ipvs) => ipvs.cpuTotals(),
  watchStats: (ipvs) => first(ipvs.watchStats(1000)),
  applications: (ipvs) => ipvs.applications(),
  timeouts: (ipvs) => ipvs.timeouts(),
  setTimeouts: (ipvs) => ipvs.setTimeouts({ udp: 200 }),
  sysctls: (ipvs) => ipvs.sysctls(),
  setSysctl: (ipvs) => ipvs.setSysctl('expire_nodest_conn', 1),
  startSyncDaemon: (ipvs) => ipvs.startSyncDaemon({ role: 'backup', interface: 'lo' }),
  syncDaemons: (ipvs) => ipvs.syncDaemons(),
  stopSyncDaemon: (ipvs) => ipvs.stopSyncDaemon('backup'),
  ensureDummy: (ipvs) => ipvs.ensureDummy('ipvs0'),
  bindAddress: (ipvs) => ipvs.bindAddress('ipvs0', '10.9.0.1'),
  listDevices: (ipvs) => ipvs.listDevices(),
  listAddresses: (ipvs) => ipvs.listAddresses(),
  unbindAddress: (ipvs) => ipvs.unbindAddress('ipvs0', '10.9.0.1'),
  removeDummy: (ipvs) => ipvs.removeDummy('ipvs0'),
  'sync.listServices': (ipvs) => ipvs.sync.listServices(),
  'sync.updateService': (ipvs) => ipvs.sync.updateService(service, { persistence: false }),
  reconcile: (ipvs) => ipvs.reconcile(normalize(document)),
  removeDestination: (ipvs) => ipvs.removeDestination(service, destination),
  removeService: (ipvs) => ipvs.removeService(service),
  zero: (ipvs) => ipvs.zero(),
  flush: (ipvs) => ipvs.flush(),
  schedulers: (ipvs) => ipvs.schedulers(),
  engines: (ipvs) => ipvs.engines(),
  'open another namespace': () => Ipvs.open({ netns: 1 }).then((other) => other.close()),
};

async function outcomeOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return 'done';
  } catch (error) {
    const { code, reason, message } = error as Error & { code?: string; reason?: string };
    return `${code}: ${reason ?? message}`;
  }
}

const outcomes: Record<string, string> = {};
let ipvs: Ipvs | undefined;
outcomes['open'] = await outcomeOf(async () => {
  ipvs = await Ipvs.open({ timeout: 60_000 });
});
for (const [name, call] of Object.entries(calls)) {
  const handle = ipvs;
  if (handle !== undefined) outcomes[name] = await outcomeOf(() => call(handle));
}
await ipvs?.close();
process.stdout.write(JSON.stringify({ transport: ipvs?.transport, outcomes }));

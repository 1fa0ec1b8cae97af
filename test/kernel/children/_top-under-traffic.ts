// Shows `ipvs top` in a terminal while clients call services, and prints the screen as JSON.
import { symlinkSync, unlinkSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { ServiceSpec } from 'ipvs';
import { ipv4, ipv6 } from '../../../demo/addresses.js';
import type { Server } from '../../../demo/servers.js';
import { commandFile } from '../_cli.js';
import { Terminal } from '../_tmux.js';
import { Traffic } from '../_traffic.js';

const columns = 132;
const rows = 26;
/** The history is full then, at one reading a second. */
const seconds = 62;

interface Load {
  readonly spec: ServiceSpec & { readonly port: number };
  readonly weights: Partial<Readonly<Record<Server, number>>>;
  readonly client: string;
  /** Milliseconds between calls at the quietest and at the busiest, and how long it is from one to the next. */
  readonly pause: readonly [quiet: number, busy: number, period: number];
  /** Of each call. */
  readonly bytes: number;
  /** How many calls stay open. */
  readonly open: number;
}

const loads: readonly Load[] = [
  {
    spec: { protocol: 'tcp', address: ipv4.virtual, port: 80, scheduler: 'wlc' },
    weights: { A: 3, B: 2, C: 1 },
    client: ipv4.client,
    pause: [900, 5, 26_000],
    bytes: 4000,
    open: 60,
  },
  {
    spec: { protocol: 'tcp', address: ipv4.virtual, port: 443, scheduler: 'wrr' },
    weights: { A: 4, B: 4, C: 0 },
    client: ipv4.client,
    pause: [700, 20, 18_000],
    bytes: 24_000,
    open: 25,
  },
  {
    spec: { protocol: 'udp', address: ipv4.virtual, port: 53, scheduler: 'rr' },
    weights: { A: 1, B: 1 },
    client: ipv4.client,
    pause: [600, 5, 34_000],
    bytes: 60,
    open: 0,
  },
  {
    spec: { protocol: 'tcp', address: ipv6.virtual, port: 80, scheduler: 'sed' },
    weights: { A: 1, B: 1, C: 1 },
    client: ipv6.client,
    pause: [1500, 60, 22_000],
    bytes: 900,
    open: 12,
  },
];

const cleanups: (() => unknown)[] = [];
const atEnd = { teardown: (cleanup: () => unknown) => cleanups.push(cleanup) };
const stop = new AbortController();

/** Makes a service, and has its servers answer. */
async function provide(traffic: Traffic, { spec, weights }: Load): Promise<void> {
  await traffic.ipvs.addService(spec);
  const family = 'address' in spec && spec.address.includes(':') ? ipv6 : ipv4;
  const kind = 'protocol' in spec && spec.protocol === 'udp' ? 'datagrams' : 'connections';
  for (const [server, weight] of Object.entries(weights) as [Server, number][]) {
    const at = { address: family[server], port: spec.port };
    await traffic.host(server).ask('serve', kind, at);
    await traffic.ipvs.addDestination(spec, { ...at, weight });
  }
}

/** Calls a service, now more often, now less. */
async function callAgainAndAgain(traffic: Traffic, load: Load): Promise<void> {
  const [quiet, busy, period] = load.pause;
  const held: number[] = [];
  while (!stop.signal.aborted) {
    const wave = (1 + Math.sin((Date.now() / period) * 2 * Math.PI)) / 2;
    await wait(quiet + (busy - quiet) * wave);
    // One that is never answered is left alone.
    await Promise.race([call(traffic, load, held, wave), wait(3000)]);
  }
}

async function call(
  traffic: Traffic,
  { spec, client, bytes, open }: Load,
  held: number[],
  wave: number,
): Promise<void> {
  if (!('address' in spec)) return;
  const host = traffic.host('client');
  const to = { address: spec.address, port: spec.port };
  if (spec.protocol === 'udp') {
    await host.ask('ask', client, to, ['x'.repeat(bytes)]);
    return;
  }
  const connected = await host.ask('connect', client, to);
  if ('error' in connected) return;
  await host.ask('echo', connected.connection, bytes);
  held.push(connected.connection);
  if (held.length > open * (0.5 + wave / 2)) await host.ask('hangUp', held.shift() ?? 0);
}

const traffic = await Traffic.open();
for (const load of loads) await provide(traffic, load);
await traffic.ipvs.addService({ fwmark: 7, scheduler: 'mh', schedulerFlags: ['mh-port'] });
await traffic.ipvs.addDestination('fwmark/7/ipv4', { address: ipv4.A, forward: 'direct' });
// A call that is under way in the end may never be answered.
for (const load of loads) callAgainAndAgain(traffic, load).catch(() => {});
const terminal = await Terminal.open(atEnd, { columns, rows });
// Its own name is no name that anybody would give it.
const alias = '/run/netns/director';
symlinkSync(`/run/netns/${traffic.topology.namespace('director')}`, alias);
cleanups.push(() => unlinkSync(alias));
await terminal.type(
  `clear; exec ${process.execPath} ${commandFile} top --interval 1 --netns director`,
);
await terminal.press('Enter');
await terminal.until((text) => text.includes('SERVICE'));
await wait(seconds * 1000);
await terminal.press('s', 's', 's', 'Down');
await terminal.until((text) => text.includes('▼CONN/S'));
const lines = await terminal.screen({ styled: true });
stop.abort();
for (const cleanup of cleanups.reverse()) await cleanup();
await traffic.close();
process.stdout.write(JSON.stringify({ columns, lines }), () => process.exit());

import type { Connection, CpuTotals, Snapshot, Stats } from 'ipvs';
import type { MetricsSource } from '#lib/metrics/source.js';
import { snapshot } from './_state.js';

/** Counters that tell each field from the others. */
export function stats(first: bigint): Stats {
  return {
    connections: first,
    packetsIn: first + 1n,
    packetsOut: first + 2n,
    bytesIn: first + 3n,
    bytesOut: first + 4n,
    rates: { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 },
  };
}

/** Two services with an address and two of marks, which share a server. */
export const table: Snapshot = withStats(
  snapshot(
    [
      {
        protocol: 'tcp',
        address: '10.0.0.1',
        port: 80,
        scheduler: 'rr',
        destinations: [
          { address: '10.1.0.1', port: 8080, weight: 3, upperThreshold: 10, lowerThreshold: 5 },
          { address: '10.1.0.2', port: 8080, weight: 0, forward: 'masquerade' },
        ],
      },
      {
        protocol: 'udp',
        address: 'fd09::1',
        port: 53,
        destinations: [{ address: 'fd02::1' }],
      },
      { fwmark: 7, destinations: [{ address: '10.1.0.1', port: 8080 }] },
      { fwmark: 7, family: 'ipv6', destinations: [] },
    ],
    {
      connections: {
        'tcp/10.0.0.1:80 -> 10.1.0.1:8080': [4, 5],
        'tcp/10.0.0.1:80 -> 10.1.0.2:8080': [1, 2],
      },
    },
  ),
);

function withStats(from: Snapshot): Snapshot {
  const services = from.services.map((service, place) => ({
    ...service,
    stats: stats(BigInt(1000 * (place + 1))),
    destinations: service.destinations.map((destination, index) => ({
      ...destination,
      stats: stats(BigInt(1000 * (place + 1) + 100 * (index + 1))),
    })),
  }));
  return { ...from, services };
}

/** A source that counts how often it is read, and can be told to fail. */
export class StubSource implements MetricsSource {
  readonly transport = 'netlink';
  snapshots = 0;
  failure: Error | undefined;
  totalsFailure: Error | undefined;
  table: Snapshot = table;

  async snapshot(): Promise<Snapshot> {
    this.snapshots += 1;
    // Long enough for another to ask meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (this.failure !== undefined) throw this.failure;
    return this.table;
  }

  async totals(): Promise<Stats> {
    if (this.totalsFailure !== undefined) throw this.totalsFailure;
    return stats(9_007_199_254_740_993n);
  }

  async cpuTotals(): Promise<CpuTotals[]> {
    const { rates: _, ...counters } = stats(50n);
    const none = { connections: 0n, packetsIn: 0n, packetsOut: 0n, bytesIn: 0n, bytesOut: 0n };
    return [
      { cpu: 0, ...counters },
      { cpu: 1, ...none },
    ];
  }

  async info() {
    return { version: '1.2.1', connectionTableSize: 4096 };
  }

  async timeouts() {
    return { tcp: 900, tcpFin: 120, udp: 300 };
  }

  async syncDaemons() {
    return [
      {
        role: 'master' as const,
        interface: 'eth0',
        syncId: 5,
        maxLength: 1472,
        group: '224.0.0.81',
        port: 8848,
        ttl: 1,
      },
    ];
  }

  async *connections(): AsyncGenerator<Connection, void, undefined> {
    const entry = {
      client: { address: '192.0.2.1', port: 1 },
      virtual: { address: '10.0.0.1', port: 80 },
      destination: { address: '10.1.0.1', port: 8080 },
      expires: 1,
      invalidated: false,
    };
    for (const state of ['ESTABLISHED', 'TIME_WAIT', 'ESTABLISHED'] as const)
      yield { ...entry, protocol: 'tcp', state, template: false };
    yield { ...entry, protocol: 'tcp', state: 'ASSURED', template: true };
  }
}

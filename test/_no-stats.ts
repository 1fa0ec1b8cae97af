import type { Stats } from 'ipvs';

/** What is counted where there was no traffic. */
export const noStats: Stats = {
  connections: 0n,
  packetsIn: 0n,
  packetsOut: 0n,
  bytesIn: 0n,
  bytesOut: 0n,
  rates: { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 },
};

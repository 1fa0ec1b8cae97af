import type { Stats } from '../../types/stats.js';
import type { RawStats } from './raw.js';

const noRates = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };

/** Counters as they are read. The fake kernel's are never behind, and it has no rates. */
export function observedStats(stats: RawStats): Stats {
  return { ...stats, rates: { ...noRates } };
}

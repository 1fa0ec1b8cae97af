import type { Stats } from '../../../types/stats.js';
import { parseCounters, wordsOf } from './columns.js';

/** Reads `/proc/net/ip_vs_stats`: two lines of headings, the counters, an empty line, a line of headings, the rates. */
export function parseTotals(text: string): Stats {
  const lines = text.split('\n');
  const { connections, packetsIn, packetsOut, bytesIn, bytesOut } = parseCounters(
    wordsOf(lines[5]),
  );
  return {
    ...parseCounters(wordsOf(lines[2])),
    rates: {
      connections: Number(connections),
      packetsIn: Number(packetsIn),
      packetsOut: Number(packetsOut),
      bytesIn: Number(bytesIn),
      bytesOut: Number(bytesOut),
    },
  };
}

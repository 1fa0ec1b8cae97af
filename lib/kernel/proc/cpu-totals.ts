import type { CpuTotals } from '../../../types/stats.js';
import { parseCounters, parseHex, wordsOf } from './columns.js';
import { MalformedText } from './malformed-text.js';

const headings = 2;

/**
 * Reads `/proc/net/ip_vs_stats_percpu`: two lines of headings, a line for each processor with its number in front, and
 * behind a `~` the totals, which {@link parseTotals} reads elsewhere.
 */
export function parseCpuTotals(text: string): CpuTotals[] {
  const processors: CpuTotals[] = [];
  for (const line of text.split('\n').slice(headings)) {
    const [cpu, ...counters] = wordsOf(line);
    if (cpu === '~') return processors;
    processors.push({ cpu: Number(parseHex(cpu)), ...parseCounters(counters) });
  }
  throw new MalformedText('the totals of all processors', undefined);
}

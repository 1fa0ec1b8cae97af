import type { Counters } from '../../../types/stats.js';
import { MalformedText } from './malformed-text.js';

/** The words of a line. */
export function wordsOf(line: string | undefined): string[] {
  const text = line?.trim() ?? '';
  return text === '' ? [] : text.split(/\s+/);
}

/** A hexadecimal number of at most 64 bits, without a prefix. */
export function parseHex(word: string | undefined): bigint {
  if (word === undefined || !/^[0-9A-Fa-f]{1,16}$/.test(word)) {
    throw new MalformedText('a hexadecimal number', word);
  }
  return BigInt(`0x${word}`);
}

/** Reads five columns: connections, packets in and out, bytes in and out. What may follow them is passed over. */
export function parseCounters(words: readonly string[]): Counters {
  return {
    connections: parseHex(words[0]),
    packetsIn: parseHex(words[1]),
    packetsOut: parseHex(words[2]),
    bytesIn: parseHex(words[3]),
    bytesOut: parseHex(words[4]),
  };
}

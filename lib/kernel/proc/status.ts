import { MalformedText } from './malformed-text.js';

/** Reads `/proc/net/ip_vs_status`: on each line a key, a colon, blanks and a text. */
export function parseStatus(text: string): Record<string, string> {
  const entries = text.split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    entries.map((line) => {
      const [, key, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
      if (key === undefined || value === undefined)
        throw new MalformedText('a key and a text', line);
      return [key, value.trimEnd()];
    }),
  );
}

import type { Destination, Tunnel } from '../../../types/destination.js';

const checksums: ReadonlyMap<Tunnel['checksum'], string> = new Map([
  ['none', '-c'],
  ['full', '+c'],
  ['remote', 'r+c'],
]);

/** How a destination's packets are wrapped: `ipip`, `gue:6080:+c`, `gre:-c`, or `n/a`. */
export function formatTunnelInfo({ tunnel }: Pick<Destination, 'tunnel'>): string {
  if (tunnel === undefined) return 'n/a';
  const { type, port = 0, checksum } = tunnel;
  const flag = checksums.get(checksum) ?? '?';
  switch (type) {
    case 'ipip':
      return 'ipip';
    case 'gue':
      return `gue:${port}:${flag}`;
    case 'gre':
      return `gre:${flag}`;
    default:
      return 'n/a';
  }
}

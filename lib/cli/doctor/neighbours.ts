import type { Address } from '../../../types/address.js';

/** Whether neighbours have answered, by address. Of IPv4 alone: `/proc/net/arp` has no others. */
export type Neighbours = ReadonlyMap<
  Address,
  { readonly answered: boolean; readonly device: string }
>;

/** Reads `/proc/net/arp`: address, type, flags, hardware address, mask, device. */
export function parseNeighbours(text: string): Neighbours {
  const lines = text
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '');
  return new Map(
    lines.map((line) => {
      const [address = '', , flags = '', , , device = ''] = line.split(/\s+/);
      return [address, { answered: Number(flags) !== 0, device }];
    }),
  );
}

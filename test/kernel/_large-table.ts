import type { Connection } from 'ipvs';
import type { SyncedConnection } from './_sync-messages.js';

/** What the connections of a large table are made to, and where they go. */
export const largeTable = {
  virtual: ['10.9.0.1', 80],
  destination: ['10.1.0.1', 8080],
} as const;

/** Established connection `index` of a large table: the number is in its client's address and port. */
export function largeTableConnection(index: number): SyncedConnection {
  const high = index >>> 8;
  const address = `10.${64 + (high >>> 16)}.${(high >>> 8) & 255}.${high & 255}`;
  return {
    protocol: 6,
    client: [address, 1024 + (index & 255)],
    ...largeTable,
    state: 1,
    timeout: 900,
  };
}

/** The number of a connection of {@link largeTableConnection}. */
export function indexInLargeTable({ client }: Connection): number {
  const [, high = 0, middle = 0, low = 0] = client.address.split('.').map(Number);
  return ((((high - 64) << 16) | (middle << 8) | low) << 8) | (client.port - 1024);
}

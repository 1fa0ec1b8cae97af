import type { Address, Family } from '../../types/address.js';
import type { RawDestination } from './raw.js';

/** How far a connection has come, as far as the fake kernel tells. */
export type EntryState = 'open' | 'closing' | 'gone';

/** What tells one connection from another. */
export interface Flow {
  readonly family: Family;
  /** IP protocol number. */
  readonly protocol: number;
  readonly client: Address;
  readonly port: number;
  readonly virtual: Address;
  readonly virtualPort: number;
}

/** A connection in the kernel's table, or the template of a persistent client's connections. */
export interface Entry {
  readonly key: string;
  readonly destination: RawDestination;
  readonly template: boolean;
  state: EntryState;
  /** Counts among the active connections of its destination, not among the inactive ones. */
  active: boolean;
  /** Milliseconds from the last packet. */
  timeout: number;
  expiresAt: number;
  /** The template by which it was scheduled. */
  control: Entry | undefined;
  /** Of a template: how many connections it controls. */
  controlled: number;
}

/** The key of a connection. */
export function keyOfFlow(flow: Flow): string {
  const { protocol, client, port, virtual, virtualPort } = flow;
  return `${protocol} ${client} ${port} ${virtual} ${virtualPort}`;
}

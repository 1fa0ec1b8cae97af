import type { Operation } from './error.js';

/** What the `diagnostics_channel` named `ipvs:request` carries: one request, when it has ended. */
export interface RequestEvent {
  readonly operation: Operation;
  /** A service's id, `service -> destination`, a sync daemon's role, the name of a sysctl, a device, or `address/length on device`; absent for the table as a whole. */
  readonly target: string | undefined;
  /** Why it failed; absent when it was done. */
  readonly code: string | undefined;
  /** From the call to its end, waiting included. */
  readonly durationMs: number;
  /** Of `list-connections`: lines of the kernel's table that could not be read and were left out, if any. */
  readonly skipped?: number;
}

import type { Backend } from '../../types/backend.js';
import type { DesiredState } from '../../types/document.js';
import type { Snapshot } from '../../types/snapshot.js';

/** What `readState` reads. */
export interface ReadStateOptions {
  /** Reads as much as a plan for this state takes. Default: everything. */
  readonly desired?: DesiredState;
  readonly signal?: AbortSignal;
  /** As that of `snapshot`. Default false. */
  readonly lazy?: boolean;
}

/**
 * Reads what is there: services with their destinations, and of settings, addresses and devices what a plan compares.
 * Rejects with whatever the backend rejects with; a failure never reads as nothing being there.
 */
export function readState(backend: Backend, options: ReadStateOptions = {}): Promise<Snapshot> {
  const { desired, signal, lazy } = options;
  return backend.snapshot({
    ...(signal === undefined ? {} : { signal }),
    ...(lazy === undefined ? {} : { lazy }),
    ...(desired === undefined ? {} : { addresses: desired.vips !== undefined }),
  });
}

import type { ServiceSnapshot, Snapshot } from '../../../types/snapshot.js';
import type { TablePart } from '../table-reader.js';

const partsOf = new WeakMap<readonly ServiceSnapshot[], readonly TablePart[]>();
const snapshotsOf = new WeakMap<object, unknown>();

/** Takes note of the parts that the services of a lazy snapshot read. */
export function noteParts(services: readonly ServiceSnapshot[], parts: readonly TablePart[]): void {
  partsOf.set(services, parts);
}

/** From now on `ipvs` is known to read a table anew for each snapshot, as long as that method is the one it has. */
export function noteReader(ipvs: object, snapshot: unknown): void {
  snapshotsOf.set(ipvs, snapshot);
}

/**
 * Lets go of what a lazy snapshot holds, from which nothing must be read any more: the next one has the memory then, also
 * before this one is collected. Does nothing with a snapshot of a backend that may still have it for others.
 */
export function releaseSnapshot(
  backend: { readonly snapshot: unknown },
  { services }: Pick<Snapshot, 'services'>,
): void {
  if (snapshotsOf.get(backend) !== backend.snapshot) return;
  for (const part of partsOf.get(services) ?? []) part.release();
  partsOf.delete(services);
}

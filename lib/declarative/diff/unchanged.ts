import type { DesiredService } from '../../../types/document.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { type PackedService, packedServiceOf } from '../../kernel/lazy/lazy-service.js';

/** Services with their destinations as records. A document is compared many times, and packed once. */
const packed = new WeakMap<DesiredService, Uint32Array>();

/** How much of a service is as it should be; of what is not known to be, nothing is said. */
export type Unchanged = 'all' | 'destinations' | 'unknown';

/**
 * Compares a service of a lazy snapshot, record by record: nothing is put into words. What is not lazy, or only looks
 * different, has to be compared in words.
 */
export function unchangedOf(wanted: DesiredService, observed: ServiceSnapshot): Unchanged {
  const present = packedServiceOf(observed);
  if (present === undefined) return 'unknown';
  const settings = pack(wanted, present);
  if (!present.packedDestinations.hasSettings(settings)) return 'unknown';
  return present.hasSettings(settings) ? 'all' : 'destinations';
}

function pack(wanted: DesiredService, { packedDestinations }: PackedService): Uint32Array {
  const known = packed.get(wanted);
  if (known !== undefined) return known;
  const made = packedDestinations.records.packSettings(wanted);
  packed.set(wanted, made);
  return made;
}

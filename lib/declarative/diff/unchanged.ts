import type { DesiredService } from '../../../types/document.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { type PackedService, packedServiceOf } from '../../kernel/lazy/lazy-service.js';

/** Services with their destinations as records. A document is compared many times, and packed once. */
const packed = new WeakMap<DesiredService, Uint32Array>();

/**
 * Whether a service of a lazy snapshot has the destinations that it should have, record by record: nothing is put into
 * words. What is not lazy, or only looks different, has to be compared in words.
 */
export function hasWantedDestinations(wanted: DesiredService, observed: ServiceSnapshot): boolean {
  const present = packedServiceOf(observed);
  return present?.packedDestinations.hasSettings(pack(wanted, present)) === true;
}

/** Whether it has the settings that it should have, as far as its record tells. */
export function hasWantedSettings(wanted: DesiredService, observed: ServiceSnapshot): boolean {
  const present = packedServiceOf(observed);
  return present?.hasSettings(pack(wanted, present)) === true;
}

function pack(wanted: DesiredService, { packedDestinations }: PackedService): Uint32Array {
  const known = packed.get(wanted);
  if (known !== undefined) return known;
  const made = packedDestinations.records.packSettings(wanted);
  packed.set(wanted, made);
  return made;
}

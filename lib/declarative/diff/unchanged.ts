import type { DesiredService } from '../../../types/document.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { packedDestinationsOf } from '../../kernel/lazy/lazy-service.js';

/** Destinations of services as records. A document is compared many times, and packed once. */
const packed = new WeakMap<DesiredService, Uint32Array>();

/**
 * Whether a service of a lazy snapshot has the destinations that it should have, record by record: nothing is put into
 * words. What is not lazy, or only looks different, has to be compared in words.
 */
export function hasWantedDestinations(wanted: DesiredService, observed: ServiceSnapshot): boolean {
  const present = packedDestinationsOf(observed);
  if (present === undefined) return false;
  let settings = packed.get(wanted);
  if (settings === undefined) {
    settings = present.records.packSettings(wanted.destinations);
    packed.set(wanted, settings);
  }
  return present.hasSettings(settings);
}

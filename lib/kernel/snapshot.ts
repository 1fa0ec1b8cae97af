import type { ObservedDestination } from '../../types/destination.js';
import type { NativeBatch } from '../../types/native.js';
import type { ObservedService } from '../../types/service.js';
import type { ReadOptions, ServiceSnapshot, Snapshot } from '../../types/snapshot.js';
import { checkSignal } from './options.js';
import type { Session } from './session.js';
import { readParts } from './table-reader.js';

/** Every service with its destinations, in one crossing. */
export async function readSnapshot(
  session: Session,
  options: ReadOptions | undefined,
): Promise<Snapshot> {
  const signal = checkSignal(options);
  const batch = await session.read({ operation: 'snapshot' }, 'snapshot', undefined, signal);
  const services = await decode(batch, session, signal);
  return { services, consistent: batch.torn !== true };
}

async function decode(
  batch: NativeBatch,
  { records }: Session,
  signal: AbortSignal | undefined,
): Promise<ServiceSnapshot[]> {
  const services: ServiceSnapshot[] = [];
  const destinations: ObservedDestination[][] = [];
  for await (const part of readParts(batch)) {
    signal?.throwIfAborted();
    for (let index = 0; index < part.count; index += 1) {
      if (part.destinations) {
        const place = records.destinations.serviceOf(part.view, index);
        const destination = records.destinations.read(part.view, index, part.lines);
        (destinations[place] as ObservedDestination[]).push(destination);
      } else {
        const service = records.services.read(part.view, index, part.lines);
        const own: ObservedDestination[] = [];
        destinations.push(own);
        services.push(withDestinations(service, own));
      }
    }
  }
  return services;
}

/** The object itself, grown by one field: a spread costs a hundred times as much. */
function withDestinations(
  service: ObservedService,
  destinations: readonly ObservedDestination[],
): ServiceSnapshot {
  return Object.assign(service, { destinations });
}

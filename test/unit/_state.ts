import type { DesiredState, Document, ObservedDestination, ServiceSnapshot, Snapshot } from 'ipvs';
import { normalize } from 'ipvs';
import { noStats } from '../_no-stats.js';

/** What a kernel is asked to be, by service and destination. */
export interface Extras {
  /** Open connections of destinations by their full ids: active and inactive. */
  readonly connections?: Readonly<Record<string, readonly [number, number]>>;
  readonly snapshot?: Partial<Snapshot>;
}

/** Services as a document has them, without the words around them. */
export function desired(
  services: Document['services'],
  rest: Omit<Partial<Document>, 'services'> = {},
): DesiredState {
  return normalize({ version: 1, services, ...rest });
}

/** A kernel that has what a document asks for. */
export function snapshot(services: Document['services'], extras: Extras = {}): Snapshot {
  return snapshotOf(desired(services), extras);
}

export function snapshotOf(state: DesiredState, extras: Extras = {}): Snapshot {
  const services = state.services.map((service): ServiceSnapshot => {
    const { drain: _drain, ignore: _ignore, name: _name, family: _family, ...rest } = service;
    const destinations = service.destinations.map((destination): ObservedDestination => {
      const [active, inactive] = extras.connections?.[`${service.id} -> ${destination.id}`] ?? [
        0, 0,
      ];
      return {
        ...destination,
        activeConnections: active,
        inactiveConnections: inactive,
        persistentConnections: 0,
        stats: noStats,
      };
    });
    const key = 'fwmark' in service ? { family: service.family } : {};
    return { ...rest, ...key, stats: noStats, destinations } as ServiceSnapshot;
  });
  return { services, consistent: true, ...extras.snapshot };
}

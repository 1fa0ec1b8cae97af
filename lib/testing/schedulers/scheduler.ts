import type { RawDestination, RawService } from '../raw.js';

/** What a scheduler knows of the packet that it finds a destination for. */
export interface Packet {
  readonly client: string;
  /** The client's port. */
  readonly port: number;
  /** The address that the packet was sent to. */
  readonly virtual: string;
}

/** Finds the destination of a new connection; nothing where there is none, which refuses it. */
export type Schedule = (service: RawService, packet: Packet) => RawDestination | undefined;

/** Whether a destination may get a new connection at all. */
export function isUsable(destination: RawDestination): boolean {
  return destination.weight > 0 && !destination.overloaded;
}

/** The first of the least by a measure, among those that may get a connection. */
export function leastOf(
  destinations: readonly RawDestination[],
  measure: (destination: RawDestination) => number,
): RawDestination | undefined {
  let least: RawDestination | undefined;
  for (const destination of destinations) {
    if (!isUsable(destination)) continue;
    if (least === undefined || measure(destination) < measure(least)) least = destination;
  }
  return least;
}

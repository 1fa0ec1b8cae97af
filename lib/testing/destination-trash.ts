import type { CompleteDestinationKey } from '../model/destination-id.js';
import type { CompleteServiceKey } from '../model/service-id.js';
import type { RawDestination, RawService } from './raw.js';

/** Milliseconds between two looks into the trash. */
const sweepEvery = 60_000;

/** Milliseconds that a destination stays after it has been seen without connections. */
const idleFor = 120_000;

interface Removed {
  readonly destination: RawDestination;
  /** When it was first seen without connections. */
  idleSince: number | undefined;
}

/**
 * Where removed destinations wait. The kernel looks every 60 seconds: one that connections or templates still point to
 * stays; one that nothing points to is marked, and freed by the first look 120 seconds later.
 */
export class DestinationTrash {
  /** Newest first. */
  #removed: Removed[] = [];
  #nextSweep: number | undefined;

  /** The destinations that wait, newest first. */
  get destinations(): readonly RawDestination[] {
    return this.#removed.map(({ destination }) => destination);
  }

  /** When the kernel looks next; `undefined` while nothing waits. */
  get nextSweep(): number | undefined {
    return this.#nextSweep;
  }

  put(destination: RawDestination, now: number): void {
    if (this.#removed.length === 0) this.#nextSweep = now + sweepEvery;
    this.#removed.unshift({ destination, idleSince: undefined });
  }

  /** Takes out the destination of that key that belonged to a service of that identity. */
  take(service: RawService, key: CompleteDestinationKey): RawDestination | undefined {
    const index = this.#removed.findIndex(
      ({ destination }) =>
        isSameDestination(destination.key, key) &&
        isSameService(destination.service.key, service.key),
    );
    if (index < 0) return undefined;
    return this.#removed.splice(index, 1)[0]?.destination;
  }

  /** One look, at the moment of {@link nextSweep}. */
  sweep(): void {
    const now = this.#nextSweep;
    if (now === undefined) return;
    this.#removed = this.#removed.filter((entry) => {
      if (isReferenced(entry.destination)) return true;
      if (entry.idleSince === undefined) entry.idleSince = now;
      else if (now >= entry.idleSince + idleFor) return false;
      return true;
    });
    this.#nextSweep = this.#removed.length === 0 ? undefined : now + sweepEvery;
  }
}

/** Whether two keys name the same destination; the address says the family. */
export function isSameDestination(
  one: CompleteDestinationKey,
  other: CompleteDestinationKey,
): boolean {
  return one.port === other.port && one.address === other.address;
}

function isReferenced(destination: RawDestination): boolean {
  const { activeConnections, inactiveConnections, persistentConnections } = destination;
  return activeConnections + inactiveConnections + persistentConnections > 0;
}

/** The trash tells services apart as the kernel does: mark services by the mark alone, whatever the family. */
function isSameService(one: CompleteServiceKey, other: CompleteServiceKey): boolean {
  if (one.kind === 'fwmark' || other.kind === 'fwmark') {
    return one.kind === 'fwmark' && other.kind === 'fwmark' && one.fwmark === other.fwmark;
  }
  return (
    one.protocol === other.protocol && one.address === other.address && one.port === other.port
  );
}

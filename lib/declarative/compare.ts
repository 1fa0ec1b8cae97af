import type { Destination, Tunnel } from '../../types/destination.js';
import type { FieldChange } from '../../types/plan.js';
import type { Persistence, Service } from '../../types/service.js';
import { schedulerFlagsToBits } from '../model/scheduler-flags.js';

/** What would change of a service's settings, in the order of a document. Flags are compared as bits. */
export function serviceChanges(before: Service, after: Service): FieldChange[] {
  const changes: FieldChange[] = [];
  if (before.scheduler !== after.scheduler) {
    changes.push({ path: 'scheduler', before: before.scheduler, after: after.scheduler });
  }
  if (flagBits(before) !== flagBits(after)) {
    const path = 'schedulerFlags';
    changes.push({ path, before: before.schedulerFlags, after: after.schedulerFlags });
  }
  if (!samePersistence(before.persistence, after.persistence)) {
    const [from, to] = [before.persistence ?? false, after.persistence ?? false];
    changes.push({ path: 'persistence', before: from, after: to });
  }
  if (before.onePacket !== after.onePacket) {
    changes.push({ path: 'onePacket', before: before.onePacket, after: after.onePacket });
  }
  return changes;
}

/** What would change of a destination's settings, in the order of a document. */
export function destinationChanges(before: Destination, after: Destination): FieldChange[] {
  const changes: FieldChange[] = [];
  for (const path of ['forward', 'weight', 'upperThreshold', 'lowerThreshold'] as const) {
    if (before[path] !== after[path]) {
      changes.push({ path, before: before[path], after: after[path] });
    }
  }
  if (after.forward === 'tunnel' && !sameTunnel(before, after)) {
    const [from, to] = [tunnelOf(before) ?? null, after.tunnel ?? null];
    changes.push({ path: 'tunnel', before: from, after: to });
  }
  return changes;
}

function flagBits({ schedulerFlags }: Service): number {
  return schedulerFlags.length === 0 ? 0 : schedulerFlagsToBits(schedulerFlags);
}

function samePersistence(first: Persistence | undefined, second: Persistence | undefined): boolean {
  if (first === undefined || second === undefined) return first === second;
  return (
    first.timeout === second.timeout &&
    first.netmask === second.netmask &&
    (first.engine ?? '') === (second.engine ?? '')
  );
}

function sameTunnel(first: Destination, second: Destination): boolean {
  const [one, other] = [completeTunnel(first), completeTunnel(second)];
  return one.type === other.type && one.port === other.port && one.checksum === other.checksum;
}

/** How a destination wraps. Kernels that do not report it do it by IPIP, and so begins what did not wrap before. */
export function completeTunnel(destination: Destination): Required<Tunnel> {
  const {
    type = 'ipip',
    port = 0,
    checksum = 'none',
  }: Partial<Tunnel> = tunnelOf(destination) ?? {};
  return { type, port, checksum };
}

function tunnelOf({ forward, tunnel }: Destination): Tunnel | undefined {
  return forward === 'tunnel' ? tunnel : undefined;
}

import { createHash } from 'node:crypto';
import type { Destination } from '../../types/destination.js';
import type { Service } from '../../types/service.js';
import { schedulerFlagsToBits } from '../model/scheduler-flags.js';
import { inCanonicalOrder } from './canonical.js';
import { completeTunnel } from './compare.js';

/** A service with its destinations. */
export type Configured = Service & {
  readonly destinations: readonly (Destination & { readonly id: string })[];
};

/**
 * A hash over a service's settings and its destinations, in whichever order they come: two are equal exactly when a
 * plan from one to the other has nothing to change.
 */
export function fingerprintOf(service: Configured): string {
  const { scheduler, schedulerFlags, onePacket, persistence } = service;
  let text = `${scheduler} ${schedulerFlagsToBits(schedulerFlags)} ${onePacket}`;
  if (persistence !== undefined) {
    text += ` ${persistence.timeout} ${persistence.netmask} ${persistence.engine ?? ''}`;
  }
  for (const destination of inCanonicalOrder(service.destinations)) {
    const { id, forward, weight, upperThreshold, lowerThreshold } = destination;
    text += `\n${id} ${forward} ${weight} ${upperThreshold} ${lowerThreshold}`;
    if (forward === 'tunnel') {
      const { type, port, checksum } = completeTunnel(destination);
      text += ` ${type} ${port} ${checksum}`;
    }
  }
  return hash(text);
}

/** One hash over those of several services. */
export function combineFingerprints(services: Readonly<Record<string, string | null>>): string {
  return hash(
    Object.keys(services)
      .sort()
      .map((id) => `${id} ${services[id]}`)
      .join('\n'),
  );
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

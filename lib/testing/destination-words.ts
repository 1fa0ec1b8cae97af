import type { Destination, ObservedDestination, Tunnel } from '../../types/destination.js';
import type { CompleteDestinationChanges } from '../model/destination.js';
import { formatDestinationId } from '../model/destination-id.js';
import type { Mutable } from '../model/fields.js';
import { forwardName, forwardNumber } from '../model/forwarding.js';
import {
  tunnelChecksumName,
  tunnelChecksumNumber,
  tunnelTypeName,
  tunnelTypeNumber,
} from '../model/tunnel.js';
import type { DestinationRequest, RawDestination } from './raw.js';
import { observedStats } from './stats-words.js';

const noTunnel = { tunnelType: 0, tunnelPort: 0, tunnelFlags: 0 };

/** What the library writes of a destination. */
export function destinationRequest(destination: Destination): DestinationRequest {
  const { forward, weight, upperThreshold, lowerThreshold, tunnel } = destination;
  return {
    forward: forwardNumber(forward),
    weight,
    upperThreshold,
    lowerThreshold,
    ...(tunnel === undefined ? noTunnel : tunnelRequest(tunnel)),
  };
}

/**
 * What the library writes of a destination that it read before: the changes, and otherwise what was there, also the
 * tunnel behind another forwarding method.
 */
export function changedRequest(
  raw: RawDestination,
  destination: Destination,
  changes: CompleteDestinationChanges,
): DestinationRequest {
  const { tunnelType, tunnelPort, tunnelFlags } = raw;
  const { weight, upperThreshold, lowerThreshold, tunnel } = destination;
  return {
    forward: changes.forward === undefined ? raw.forward : forwardNumber(destination.forward),
    weight,
    upperThreshold,
    lowerThreshold,
    ...(changes.tunnel === undefined || tunnel === undefined
      ? { tunnelType, tunnelPort, tunnelFlags }
      : tunnelRequest(tunnel)),
  };
}

/** What the library reads of a destination. */
export function observedDestination(raw: RawDestination): ObservedDestination {
  const { key, activeConnections, inactiveConnections, persistentConnections } = raw;
  const destination: Mutable<ObservedDestination> = {
    id: formatDestinationId(key),
    address: key.address,
    port: key.port,
    forward: forwardName(raw.forward),
    weight: raw.weight,
    upperThreshold: raw.upperThreshold,
    lowerThreshold: raw.lowerThreshold,
    activeConnections,
    inactiveConnections,
    persistentConnections,
    stats: observedStats(raw.stats),
  };
  if (destination.forward === 'tunnel') destination.tunnel = observedTunnel(raw);
  return destination;
}

function tunnelRequest({ type, port, checksum }: Tunnel) {
  return {
    tunnelType: tunnelTypeNumber(type),
    tunnelPort: port ?? 0,
    tunnelFlags: tunnelChecksumNumber(checksum),
  };
}

function observedTunnel({ tunnelType, tunnelPort, tunnelFlags }: RawDestination): Tunnel {
  const type = tunnelTypeName(tunnelType);
  const checksum = tunnelChecksumName(tunnelFlags);
  return tunnelPort === 0 ? { type, checksum } : { type, port: tunnelPort, checksum };
}

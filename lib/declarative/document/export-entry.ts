import type { ObservedDestination, Tunnel } from '../../../types/destination.js';
import type { Persistence } from '../../../types/service.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { defaultWeight } from '../../model/destination.js';
import type { DestinationFields } from '../../model/destination-fields.js';
import { compareDestinationKeys, defaultDestinationPort } from '../../model/destination-id.js';
import { defaultForward } from '../../model/forwarding.js';
import { formatNetmask, fullPrefix } from '../../model/netmask.js';
import { defaultTimeout } from '../../model/persistence.js';
import { defaultScheduler } from '../../model/scheduler.js';
import type { ServiceFields } from '../../model/service-fields.js';
import type { CompleteServiceKey } from '../../model/service-id.js';
import { defaultTunnel } from '../../model/tunnel.js';

/** An entry that has not been checked. */
export interface UncheckedEntry extends ServiceFields {
  destinations?: readonly DestinationFields[];
}

/** A service of the kernel's as an entry without what is default; a document may not be able to have it. */
export function exportEntry(service: ServiceSnapshot, key: CompleteServiceKey): UncheckedEntry {
  const { scheduler, schedulerFlags, persistence, onePacket } = service;
  const entry = exportIdentity(key, service);
  if (scheduler !== defaultScheduler) entry.scheduler = scheduler;
  if (schedulerFlags.length > 0) entry.schedulerFlags = [...schedulerFlags];
  if (persistence !== undefined) entry.persistence = exportPersistence(persistence, key);
  if (onePacket) entry.onePacket = true;
  const destinations = service.destinations.toSorted(compareDestinationKeys);
  if (destinations.length > 0) {
    entry.destinations = destinations.map((destination) => exportDestination(destination, key));
  }
  return entry;
}

function exportIdentity(key: CompleteServiceKey, service: ServiceSnapshot): UncheckedEntry {
  if (key.kind === 'fwmark') {
    const { fwmark, family } = key;
    return family === 'ipv4' ? { fwmark } : { fwmark, family };
  }
  const protocol = 'fwmark' in service ? undefined : service.protocol;
  return { protocol, address: key.address, port: key.port };
}

function exportPersistence(persistence: Persistence, { family }: CompleteServiceKey): unknown {
  const { timeout, netmask, engine } = persistence;
  const parts: { timeout?: number; netmask?: string | number; engine?: string } = {};
  if (timeout !== defaultTimeout) parts.timeout = timeout;
  if (netmask !== formatNetmask(fullPrefix(family), family)) parts.netmask = netmask;
  if (engine !== undefined) parts.engine = engine;
  return Object.keys(parts).length === 0 ? true : parts;
}

function exportDestination(
  destination: ObservedDestination,
  service: CompleteServiceKey,
): DestinationFields {
  const { address, port, forward, weight, upperThreshold, lowerThreshold, tunnel } = destination;
  const entry: DestinationFields = { address };
  if (port !== defaultDestinationPort(service)) entry.port = port;
  if (forward !== defaultForward) entry.forward = forward;
  if (weight !== defaultWeight) entry.weight = weight;
  if (upperThreshold !== 0) entry.upperThreshold = upperThreshold;
  if (lowerThreshold !== 0) entry.lowerThreshold = lowerThreshold;
  if (tunnel !== undefined && !isDefaultTunnel(tunnel)) entry.tunnel = exportTunnel(tunnel);
  return entry;
}

function isDefaultTunnel({ type, port, checksum }: Tunnel): boolean {
  return type === defaultTunnel.type && checksum === defaultTunnel.checksum && port === undefined;
}

function exportTunnel({ type, port, checksum }: Tunnel): Partial<Tunnel> {
  const parts: { -readonly [Name in keyof Tunnel]?: Tunnel[Name] } = { type };
  if (port !== undefined) parts.port = port;
  if (checksum !== defaultTunnel.checksum) parts.checksum = checksum;
  return parts;
}

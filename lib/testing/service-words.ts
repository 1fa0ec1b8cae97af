import type { Family } from '../../types/address.js';
import type { ObservedService, Persistence, Service } from '../../types/service.js';
import { formatAddress } from '../model/address.js';
import type { Mutable } from '../model/fields.js';
import { fullPrefix, parseNetmask } from '../model/netmask.js';
import { protocolName } from '../model/protocol.js';
import {
  everySchedulerFlag,
  schedulerFlagsFromBits,
  schedulerFlagsToBits,
} from '../model/scheduler-flags.js';
import { formatServiceId } from '../model/service-id.js';
import { type RawService, type ServiceRequest, serviceFlag, writtenFlags } from './raw.js';
import { observedStats } from './stats-words.js';

/** What the library writes of a service. */
export function serviceRequest(service: Service, family: Family): ServiceRequest {
  const { persistence } = service;
  const flags =
    (persistence === undefined ? 0 : serviceFlag.persistent) |
    (service.onePacket ? serviceFlag.onePacket : 0) |
    schedulerFlagsToBits(service.schedulerFlags);
  const prefix = parseNetmask(persistence?.netmask, family) ?? fullPrefix(family);
  return {
    scheduler: service.scheduler,
    flags,
    mask: writtenFlags,
    timeout: persistence?.timeout ?? 0,
    netmask: family === 'ipv4' ? (-1 << (32 - prefix)) >>> 0 : prefix,
    engine: persistence?.engine ?? '',
  };
}

/** What the library reads of a service. */
export function observedService(raw: RawService): ObservedService {
  const { key, scheduler, flags } = raw;
  const id = formatServiceId(key);
  const identity =
    key.kind === 'fwmark'
      ? { fwmark: key.fwmark, family: key.family }
      : { protocol: protocolName(key.protocol), address: key.address, port: key.port };
  const service: Mutable<ObservedService> = {
    id,
    ...identity,
    scheduler,
    schedulerFlags: schedulerFlagsFromBits(flags & everySchedulerFlag, scheduler),
    onePacket: (flags & serviceFlag.onePacket) !== 0,
    stats: observedStats(raw.stats),
  };
  const persistence = observedPersistence(raw);
  if (persistence !== undefined) service.persistence = persistence;
  const unknownFlags = (flags & ~(writtenFlags | serviceFlag.hashed)) >>> 0;
  if (unknownFlags !== 0) service.unknownFlags = unknownFlags;
  return service;
}

/** Without the flag a timeout and a netmask may be left over, which mean nothing. */
function observedPersistence(raw: RawService): Persistence | undefined {
  const { flags, timeout, engine } = raw;
  if ((flags & serviceFlag.persistent) === 0) return undefined;
  const netmask = raw.key.family === 'ipv6' ? raw.netmask : dottedMask(raw.netmask);
  return engine === '' ? { timeout, netmask } : { timeout, netmask, engine };
}

/** Whatever its bits. */
function dottedMask(mask: number): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, mask);
  return formatAddress(bytes, 'ipv4');
}

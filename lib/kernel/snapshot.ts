import type { ObservedDestination } from '../../types/destination.js';
import type { NativeBatch } from '../../types/native.js';
import type { ObservedService } from '../../types/service.js';
import type { ReadOptions, ServiceSnapshot, Snapshot } from '../../types/snapshot.js';
import type { Mutable } from '../model/fields.js';
import type { Devices } from './devices.js';
import { LazyServices } from './lazy/lazy-services.js';
import { noteParts } from './lazy/release.js';
import { checkSignal } from './options.js';
import type { Session } from './session.js';
import type { Settings } from './settings.js';
import { Slices } from './slices.js';
import type { Sysctls } from './sysctls.js';
import { allParts, readParts } from './table-reader.js';

/** Every service with its destinations, in one crossing, and in the same turn whatever else is wanted. */
export async function readSnapshot(
  session: Session,
  settings: Settings,
  sysctls: Sysctls,
  devices: Devices,
  options: ReadOptions = {},
): Promise<Snapshot> {
  const signal = checkSignal(options, ['settings', 'addresses', 'lazy']);
  const {
    settings: wantsSettings = true,
    addresses: wantsAddresses = true,
    lazy = false,
  } = options;
  const call = { signal };
  const [services, timeouts, values, addresses, found] = await Promise.all([
    session.read({ operation: 'snapshot' }, lazy ? 'bareSnapshot' : 'snapshot', undefined, signal),
    wantsSettings ? settings.timeouts(call) : undefined,
    wantsSettings ? sysctls.list(call) : undefined,
    wantsAddresses ? devices.listAddresses(undefined, call) : undefined,
    wantsAddresses ? devices.list(call) : undefined,
  ]);
  const snapshot: Mutable<Snapshot> = {
    services: await (lazy ? decodeLazily : decode)(services, session, signal),
    consistent: services.torn !== true,
  };
  if (timeouts !== undefined) snapshot.timeouts = timeouts;
  if (values !== undefined) snapshot.sysctls = values;
  if (addresses !== undefined) snapshot.addresses = addresses;
  if (found !== undefined) {
    snapshot.devices = Object.fromEntries(found.map((device) => [device.name, device]));
  }
  return snapshot;
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
    part.release();
  }
  return services;
}

async function decodeLazily(
  batch: NativeBatch,
  { records }: Session,
  signal: AbortSignal | undefined,
): Promise<ServiceSnapshot[]> {
  const parts = await allParts(batch);
  const ofServices = parts.filter((part) => !part.destinations);
  const ofDestinations = parts.filter((part) => part.destinations);
  const count = ofServices.reduce((sum, part) => sum + part.count, 0);
  const list = new LazyServices(records, count, ofDestinations);
  const slices = new Slices();
  for (const part of ofDestinations) {
    await slices.cut();
    signal?.throwIfAborted();
    list.countDestinations(part);
  }
  for (const part of ofServices) {
    await slices.cut();
    signal?.throwIfAborted();
    list.addServices(part);
  }
  noteParts(list.services, parts);
  return list.services;
}

/** The object itself, grown by one field: a spread costs a hundred times as much. */
function withDestinations(
  service: ObservedService,
  destinations: readonly ObservedDestination[],
): ServiceSnapshot {
  return Object.assign(service, { destinations });
}

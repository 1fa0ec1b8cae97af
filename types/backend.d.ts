import type { CallOptions, Timeouts } from './config.js';
import type {
  DestinationChanges,
  DestinationRef,
  DestinationSpec,
  ObservedDestination,
} from './destination.js';
import type { BoundAddress, NetworkDevice } from './device.js';
import type { ObservedService, ServiceRef, ServiceSpec } from './service.js';
import type { ReadOptions, Snapshot } from './snapshot.js';

/**
 * What the declarative layer reads and writes, and its only way to the kernel: an `Ipvs`, or something else that
 * behaves like one. A call that is refused rejects with an error whose `code` is the errno's name.
 */
export interface Backend {
  snapshot(options?: ReadOptions): Promise<Snapshot>;

  getService(service: ServiceRef, options?: CallOptions): Promise<ObservedService | undefined>;
  addService(spec: ServiceSpec, options?: CallOptions): Promise<void>;
  setService(spec: ServiceSpec, options?: CallOptions): Promise<void>;
  removeService(service: ServiceRef, options?: CallOptions): Promise<void>;

  listDestinations(service: ServiceRef, options?: CallOptions): Promise<ObservedDestination[]>;
  addDestination(service: ServiceRef, spec: DestinationSpec, options?: CallOptions): Promise<void>;
  setDestination(service: ServiceRef, spec: DestinationSpec, options?: CallOptions): Promise<void>;
  updateDestination(
    service: ServiceRef,
    destination: DestinationRef,
    changes: DestinationChanges,
    options?: CallOptions,
  ): Promise<void>;
  removeDestination(
    service: ServiceRef,
    destination: DestinationRef,
    options?: CallOptions,
  ): Promise<void>;

  timeouts(options?: CallOptions): Promise<Timeouts>;
  setTimeouts(timeouts: Partial<Timeouts>, options?: CallOptions): Promise<void>;

  sysctls(options?: CallOptions): Promise<Record<string, number | string>>;
  setSysctl(name: string, value: number | string, options?: CallOptions): Promise<void>;

  listDevices(options?: CallOptions): Promise<NetworkDevice[]>;
  getDevice(name: string, options?: CallOptions): Promise<NetworkDevice | undefined>;
  ensureDummy(name: string, options?: CallOptions): Promise<{ readonly created: boolean }>;
  removeDummy(name: string, options?: CallOptions): Promise<void>;
  listAddresses(device?: string, options?: CallOptions): Promise<BoundAddress[]>;
  bindAddress(device: string, address: string, options?: CallOptions): Promise<void>;
  unbindAddress(device: string, address: string, options?: CallOptions): Promise<void>;
}

import type { Backend } from '../../types/backend.js';
import type { CallOptions, Timeouts } from '../../types/config.js';
import type {
  DestinationChanges,
  DestinationRef,
  DestinationSpec,
  ObservedDestination,
} from '../../types/destination.js';
import type { BoundAddress, NetworkDevice } from '../../types/device.js';
import type { ObservedService, ServiceRef, ServiceSpec } from '../../types/service.js';
import type { ReadOptions, Snapshot } from '../../types/snapshot.js';
import type { Subject } from '../kernel/call.js';
import { failureError } from '../kernel/errors.js';
import { checkSignal } from '../kernel/options.js';
import { destinationOfService, writtenService } from '../kernel/subjects.js';
import { addressExpected } from '../model/address.js';
import {
  applyDestinationChanges,
  checkDestinationChanges,
  checkDestinationSpec,
} from '../model/destination.js';
import {
  type CompleteDestinationKey,
  compareDestinationKeys,
  keyOfDestination,
  resolveDestinationRef,
} from '../model/destination-id.js';
import { checkDeviceName } from '../model/device-name.js';
import { InvalidValueError } from '../model/invalid-value-error.js';
import { fullPrefix } from '../model/netmask.js';
import { parseNetwork } from '../model/network.js';
import { present, throwingReport } from '../model/report.js';
import { asCalled, checkServiceSpec } from '../model/service.js';
import {
  type CompleteServiceKey,
  formatServiceId,
  keyOfService,
  resolveServiceRef,
} from '../model/service-id.js';
import { checkSysctl } from '../model/sysctls.js';
import { checkTimeouts } from '../model/timeouts.js';
import { checkAddressToBind } from '../model/virtual-address.js';
import { changedRequest, destinationRequest, observedDestination } from './destination-words.js';
import { errnoOf, type Gate } from './gate.js';
import type { Machine } from './machine.js';
import type { RawDestination, RawService } from './raw.js';
import { Refusal } from './refusal.js';
import { observedService, serviceRequest } from './service-words.js';
import { takeSnapshot } from './snapshot.js';

/** The calls of a `Backend`, on the tables of a fake kernel. */
export class FakeBackend implements Backend {
  readonly #machine: Machine;
  readonly #gate: Gate;

  constructor(machine: Machine, gate: Gate) {
    this.#machine = machine;
    this.#gate = gate;
  }

  async snapshot(options: ReadOptions = {}): Promise<Snapshot> {
    const signal = checkSignal(options, ['settings', 'addresses', 'lazy']);
    const subject: Subject = { operation: 'snapshot' };
    const services = this.#pass(subject, signal, () =>
      takeSnapshot({
        services: () =>
          this.#gate.dump(subject, 'services', () => {
            this.#machine.turn();
            return this.#machine.services.list().map(observedService);
          }),
        destinations: (service) => {
          const key = resolveServiceRef(service);
          const target = formatServiceId(key);
          return this.#gate.dump({ ...subject, target }, 'destinations', () =>
            this.#destinationsOf(this.#machine.services.find(key)),
          );
        },
      }),
    );
    const call: CallOptions = { signal };
    const [table, timeouts, sysctls, addresses, devices] = await Promise.all([
      services,
      options.settings === false ? undefined : this.timeouts(call),
      options.settings === false ? undefined : this.sysctls(call),
      options.addresses === false ? undefined : this.listAddresses(undefined, call),
      options.addresses === false ? undefined : this.listDevices(call),
    ]);
    return {
      ...table,
      ...(timeouts !== undefined && { timeouts }),
      ...(sysctls !== undefined && { sysctls }),
      ...(addresses !== undefined && { addresses }),
      ...(devices !== undefined && {
        devices: Object.fromEntries(devices.map((device) => [device.name, device])),
      }),
    };
  }

  async getService(
    service: ServiceRef,
    options?: CallOptions,
  ): Promise<ObservedService | undefined> {
    const signal = checkSignal(options);
    const key = resolveServiceRef(service);
    return this.#pass({ operation: 'get-service', target: formatServiceId(key) }, signal, () => {
      const found = this.#machine.services.find(key);
      return found && observedService(found);
    });
  }

  addService(spec: ServiceSpec, options?: CallOptions): Promise<void> {
    return this.#writeService('add-service', 'newService', spec, options);
  }

  setService(spec: ServiceSpec, options?: CallOptions): Promise<void> {
    return this.#writeService('set-service', 'setService', spec, options);
  }

  async removeService(service: ServiceRef, options?: CallOptions): Promise<void> {
    const signal = checkSignal(options);
    const key = resolveServiceRef(service);
    const subject: Subject = { operation: 'remove-service', target: formatServiceId(key) };
    return this.#pass(subject, signal, () => this.#machine.services.removeService(key));
  }

  async listDestinations(
    service: ServiceRef,
    options?: CallOptions,
  ): Promise<ObservedDestination[]> {
    const signal = checkSignal(options);
    const key = resolveServiceRef(service);
    const subject: Subject = { operation: 'list-destinations', target: formatServiceId(key) };
    return this.#pass(subject, signal, async () => {
      const listed = await this.#gate.dump(subject, 'destinations', () =>
        this.#destinationsOf(this.#presentService(key)),
      );
      return listed.sort(compareDestinationKeys);
    });
  }

  addDestination(service: ServiceRef, spec: DestinationSpec, options?: CallOptions): Promise<void> {
    return this.#writeDestination('add-destination', 'newDestination', service, spec, options);
  }

  setDestination(service: ServiceRef, spec: DestinationSpec, options?: CallOptions): Promise<void> {
    return this.#writeDestination('set-destination', 'setDestination', service, spec, options);
  }

  async updateDestination(
    service: ServiceRef,
    destination: DestinationRef,
    changes: DestinationChanges,
    options?: CallOptions,
  ): Promise<void> {
    const signal = checkSignal(options);
    const serviceKey = resolveServiceRef(service);
    const key = resolveDestinationRef(destination, serviceKey);
    const checked = present(checkDestinationChanges(changes, key, serviceKey, throwingReport, ''));
    return this.#pass(destinationOfService('update-destination', serviceKey, key), signal, () => {
      const raw = this.#presentDestination(serviceKey, key);
      const current = observedDestination(raw);
      const changed = present(applyDestinationChanges(current, checked, throwingReport, ''));
      const request = changedRequest(raw, changed, checked);
      this.#machine.services.setDestination(serviceKey, key, request);
    });
  }

  async removeDestination(
    service: ServiceRef,
    destination: DestinationRef,
    options?: CallOptions,
  ): Promise<void> {
    const signal = checkSignal(options);
    const serviceKey = resolveServiceRef(service);
    const key = resolveDestinationRef(destination, serviceKey);
    return this.#pass(destinationOfService('remove-destination', serviceKey, key), signal, () =>
      this.#machine.services.removeDestination(serviceKey, key),
    );
  }

  async timeouts(options?: CallOptions): Promise<Timeouts> {
    const signal = checkSignal(options);
    return this.#pass({ operation: 'get-timeouts' }, signal, () => ({
      ...this.#machine.timeouts,
    }));
  }

  async setTimeouts(timeouts: Partial<Timeouts>, options?: CallOptions): Promise<void> {
    const signal = checkSignal(options);
    const checked = present(checkTimeouts(timeouts, throwingReport, ''));
    return this.#pass({ operation: 'set-timeouts' }, signal, () => {
      this.#machine.timeouts = { ...this.#machine.timeouts, ...checked };
    });
  }

  async sysctls(options?: CallOptions): Promise<Record<string, number | string>> {
    const signal = checkSignal(options);
    return this.#pass({ operation: 'get-sysctls' }, signal, () => this.#machine.sysctls.list());
  }

  async setSysctl(name: string, value: number | string, options?: CallOptions): Promise<void> {
    const signal = checkSignal(options);
    const text = present(checkSysctl(name, value, throwingReport, ''));
    const subject: Subject = {
      operation: 'set-sysctl',
      target: name,
      file: `net.ipv4.vs.${name}`,
    };
    return this.#pass(subject, signal, () => this.#machine.sysctls.set(name, text), 'file');
  }

  async listDevices(options?: CallOptions): Promise<NetworkDevice[]> {
    const signal = checkSignal(options);
    return this.#pass({ operation: 'list-devices' }, signal, () => this.#machine.devices.all());
  }

  async getDevice(name: string, options?: CallOptions): Promise<NetworkDevice | undefined> {
    const signal = checkSignal(options);
    const target = checkName(name, '/name');
    return this.#pass({ operation: 'get-device', target }, signal, () =>
      this.#machine.devices.get(name),
    );
  }

  async ensureDummy(name: string, options?: CallOptions): Promise<{ readonly created: boolean }> {
    const signal = checkSignal(options);
    const target = checkName(name, '/name');
    return this.#pass({ operation: 'ensure-dummy', target }, signal, () => ({
      created: this.#machine.devices.ensureDummy(name),
    }));
  }

  async removeDummy(name: string, options?: CallOptions): Promise<void> {
    const signal = checkSignal(options);
    const target = checkName(name, '/name');
    return this.#pass({ operation: 'remove-dummy', target }, signal, () =>
      this.#machine.devices.removeDummy(name),
    );
  }

  async listAddresses(device?: string, options?: CallOptions): Promise<BoundAddress[]> {
    const signal = checkSignal(options);
    const target = device === undefined ? undefined : checkName(device, '/device');
    return this.#pass({ operation: 'list-addresses', target }, signal, () =>
      this.#machine.devices.list(device).map((bound) => ({ ...bound })),
    );
  }

  async bindAddress(device: string, address: string, options?: CallOptions): Promise<void> {
    const signal = checkSignal(options);
    checkName(device, '/device');
    const parsed = present(checkAddressToBind(address, throwingReport, '/address'));
    const prefix = fullPrefix(parsed.family);
    const target = `${parsed.address}/${prefix} on ${device}`;
    return this.#pass({ operation: 'bind-address', target }, signal, () =>
      this.#machine.devices.addAddress(device, parsed.address, prefix),
    );
  }

  async unbindAddress(device: string, address: string, options?: CallOptions): Promise<void> {
    const signal = checkSignal(options);
    checkName(device, '/device');
    const network = parseNetwork(address);
    if (network === undefined) throw new InvalidValueError('address', address, addressExpected);
    const target = `${network.address}/${network.prefix} on ${device}`;
    return this.#pass({ operation: 'unbind-address', target }, signal, () =>
      this.#machine.devices.removeAddress(device, network.address, network.prefix),
    );
  }

  async #writeService(
    operation: 'add-service' | 'set-service',
    command: 'newService' | 'setService',
    spec: ServiceSpec,
    options: CallOptions | undefined,
  ): Promise<void> {
    const signal = checkSignal(options);
    const service = present(checkServiceSpec(spec, throwingReport, '', asCalled));
    const key = keyOfService(service);
    const subject = writtenService(operation, key, service);
    const request = serviceRequest(service, key.family);
    return this.#pass(subject, signal, () => this.#machine.services[command](key, request));
  }

  async #writeDestination(
    operation: 'add-destination' | 'set-destination',
    command: 'newDestination' | 'setDestination',
    service: ServiceRef,
    spec: DestinationSpec,
    options: CallOptions | undefined,
  ): Promise<void> {
    const signal = checkSignal(options);
    const serviceKey = resolveServiceRef(service);
    const destination = present(checkDestinationSpec(spec, serviceKey, throwingReport, ''));
    const key = keyOfDestination(destination);
    const request = destinationRequest(destination);
    return this.#pass(destinationOfService(operation, serviceKey, key), signal, () =>
      this.#machine.services[command](serviceKey, key, request),
    );
  }

  #presentService(key: CompleteServiceKey): RawService {
    const service = this.#machine.services.find(key);
    if (service === undefined) throw new Refusal('ESRCH');
    return service;
  }

  #presentDestination(service: CompleteServiceKey, key: CompleteDestinationKey): RawDestination {
    const destination = this.#presentService(service).destinations.find(
      (each) => compareDestinationKeys(each.key, key) === 0,
    );
    if (destination === undefined) throw new Refusal('ENOENT');
    return destination;
  }

  /** In the kernel's order. Of a service that is not there the kernel lists nothing. */
  #destinationsOf(service: RawService | undefined): ObservedDestination[] {
    this.#machine.turn();
    return service === undefined ? [] : service.destinations.map(observedDestination);
  }

  /** Carries out a call, and puts a refusal into words. */
  async #pass<Result>(
    subject: Subject,
    signal: AbortSignal | undefined,
    effect: () => Result | Promise<Result>,
    source: 'kernel' | 'file' = 'kernel',
  ): Promise<Result> {
    try {
      return await this.#gate.pass(subject, signal, () => {
        this.#machine.turn();
        return effect();
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const failure = { errno: errnoOf(error.code), source };
      const details = { ...subject, ...error.details };
      throw failureError(subject.operation, subject.target, failure, details);
    }
  }
}

function checkName(name: unknown, path: string): string {
  return present(checkDeviceName(name, throwingReport, path));
}

import { constants } from 'node:os';
import type { CallOptions, Info, OpenOptions, Timeouts, Transport } from '../../types/config.js';
import type {
  Destination,
  DestinationChanges,
  DestinationRef,
  DestinationSpec,
  ObservedDestination,
} from '../../types/destination.js';
import type { Operation } from '../../types/error.js';
import type { NativeAddon, NativeBatch } from '../../types/native.js';
import type {
  ObservedService,
  Service,
  ServiceChanges,
  ServiceRef,
  ServiceSpec,
} from '../../types/service.js';
import { familyOf } from '../model/address.js';
import {
  applyDestinationChanges,
  checkDestinationChanges,
  checkDestinationSpec,
} from '../model/destination.js';
import { formatDestinationId, resolveDestinationRef } from '../model/destination-id.js';
import { throwingReport } from '../model/report.js';
import { applyServiceChanges, checkServiceChanges, checkServiceSpec } from '../model/service.js';
import {
  type CompleteServiceKey,
  formatServiceId,
  resolveServiceRef,
} from '../model/service-id.js';
import { checkTimeouts } from '../model/timeouts.js';
import type { Subject } from './call.js';
import type { Row, Rows } from './change-group.js';
import { type Failure, failureError, IpvsError } from './errors.js';
import { loadNative } from './native.js';
import { checkOpenOptions, checkSignal } from './options.js';
import { type Fill, RequestQueue } from './queue.js';
import { Records } from './records/records.js';
import { Statuses } from './statuses.js';
import { open, readParts, type TablePart } from './table-reader.js';

/**
 * One open door to the IPVS of one network namespace.
 *
 * Calls can be made from anywhere at any time; they are carried out in the order in which they are made, and those
 * made in the same turn of the event loop travel together. A failed one never affects its neighbours. Every method
 * rejects with {@link InvalidValueError} for what the caller wrote wrong, before anything is sent, and with
 * {@link IpvsError} for what the kernel refused; every method needs CAP_NET_ADMIN in the initial user namespace.
 *
 * @example
 * await using ipvs = await Ipvs.open();
 * await ipvs.addService({ protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'rr' });
 * await ipvs.addDestination('tcp/10.0.0.1:80', { address: '10.1.0.5', port: 8080, weight: 3 });
 */
export class Ipvs implements AsyncDisposable {
  /** How the kernel is spoken to. */
  readonly transport: Transport = 'netlink';
  readonly #queue: RequestQueue;
  readonly #records: Records;
  readonly #timeout: number;
  #closing: Promise<void> | undefined;

  private constructor(queue: RequestQueue, records: Records, timeout: number) {
    this.#queue = queue;
    this.#records = records;
    this.#timeout = timeout;
  }

  /**
   * Opens the IPVS of a network namespace, and asks it for its version to see that it answers. Where IPVS is a module
   * that is not loaded, Linux loads it from 5.16 on when it is first spoken to; before that, `modprobe ip_vs` must have
   * been run. Rejects with the code `ERR_IPVS_UNAVAILABLE` where the addon cannot be loaded, `ENOENT` where the kernel
   * has no IPVS, `EPERM` without CAP_NET_ADMIN.
   */
  static async open(options: OpenOptions = {}): Promise<Ipvs> {
    const { networkNamespace, timeout } = checkOpenOptions(options);
    const native = load();
    const handle = native.open(networkNamespace, timeout);
    const records = new Records(native.layouts, native.commands);
    const statuses = new Statuses(native.sources);
    const queue = new RequestQueue({ handle, tables: native.tables, records, statuses, timeout });
    const ipvs = new Ipvs(queue, records, timeout);
    const namespace = options.netns === undefined ? undefined : String(options.netns);
    try {
      await ipvs.#read({ operation: 'open', namespace }, 'info', undefined, undefined);
    } catch (error) {
      // Where the kernel does not return, there is nothing to wait for.
      ipvs.close().catch(() => {});
      throw error;
    }
    return ipvs;
  }

  /** The version of the kernel's IPVS and the size of its connection table. */
  async info(options?: CallOptions): Promise<Info> {
    const signal = checkSignal(options);
    const batch = await this.#read({ operation: 'get-info' }, 'info', undefined, signal);
    return this.#records.readInfo(open(batch).view);
  }

  /**
   * Every service of the namespace: those with an address before firewall marks, IPv4 before IPv6, then by address, port
   * and protocol, or by mark. The kernel's list is not a snapshot: services removed meanwhile, even in another namespace, can
   * make it miss one that was there all the time. None appears twice.
   */
  async listServices(options?: CallOptions): Promise<ObservedService[]> {
    const signal = checkSignal(options);
    const batch = await this.#read({ operation: 'list-services' }, 'services', undefined, signal);
    return this.#decode(batch, this.#records.services, signal);
  }

  /** One service, or `undefined` where it does not exist. */
  async getService(
    service: ServiceRef,
    options?: CallOptions,
  ): Promise<ObservedService | undefined> {
    const signal = checkSignal(options);
    const key = resolveServiceRef(service);
    const subject: Subject = { operation: 'get-service', target: formatServiceId(key) };
    const answer = await this.#queue.read(subject, 'service', this.#fillService(key), signal);
    if ('errno' in answer) {
      const error = this.#error(subject, answer);
      if (error.code === 'ESRCH' && answer.source === 'kernel') return undefined;
      throw error;
    }
    const part = open(answer);
    return this.#records.services.read(part.view, 0, part.lines);
  }

  /** Adds a service. Rejects with `EEXIST` when it exists, `ENOENT` when its scheduler or engine is not available. */
  async addService(spec: ServiceSpec, options?: CallOptions): Promise<void> {
    return this.#writeService('add-service', 'addService', spec, options);
  }

  /**
   * Replaces everything of a service but its identity, its destinations and its counters; what the spec does not name gets
   * its default. Rejects with `ESRCH` when there is no such service, `ENOENT` when the scheduler or engine is not available.
   */
  async setService(spec: ServiceSpec, options?: CallOptions): Promise<void> {
    return this.#writeService('set-service', 'setService', spec, options);
  }

  /**
   * Changes the named fields of a service and keeps all others, flags without a word included. Reads the service and writes
   * it again with nothing of this handle in between; a change that another program makes in that moment is lost. Rejects
   * with `ESRCH` when there is no such service.
   */
  async updateService(
    service: ServiceRef,
    changes: ServiceChanges,
    options?: CallOptions,
  ): Promise<void> {
    const signal = checkSignal(options);
    const key = resolveServiceRef(service);
    const target = formatServiceId(key);
    const checked = present(checkServiceChanges(changes, key, throwingReport, ''));
    const subject: Subject = {
      operation: 'update-service',
      target,
      scheduler: checked.scheduler,
      engine: typeof checked.persistence === 'object' ? checked.persistence.engine : undefined,
    };
    const records = this.#records.services;
    const changing = this.#queue.change(subject, signal, {
      command: 'setService',
      target,
      source: {
        key: target,
        table: 'service',
        fill: this.#fillService(key),
        rows: async (batch) => rowsOf([open(batch)], records),
      },
      merge: (rows) => {
        const { value, record } = this.#row<ObservedService>(rows, target, subject);
        const merged = present(applyServiceChanges(value, checked, throwingReport, ''));
        return (request, offset) =>
          records.overlay(request, this.#records.serviceAt(offset), record, merged, checked);
      },
    });
    return this.#withMissingNamed(changing, subject);
  }

  /** Removes a service with its destinations. Open connections lose their way: drain them first. Rejects with `ESRCH` when there is none. */
  async removeService(service: ServiceRef, options?: CallOptions): Promise<void> {
    const signal = checkSignal(options);
    const key = resolveServiceRef(service);
    const subject: Subject = { operation: 'remove-service', target: formatServiceId(key) };
    return this.#queue.write(subject, 'removeService', this.#fillService(key), signal);
  }

  /** A service's destinations, by family, address and port; `[]` when it has none. Rejects with `ESRCH` when there is no such service. */
  async listDestinations(
    service: ServiceRef,
    options?: CallOptions,
  ): Promise<ObservedDestination[]> {
    const signal = checkSignal(options);
    const key = resolveServiceRef(service);
    const subject: Subject = { operation: 'list-destinations', target: formatServiceId(key) };
    const batch = await this.#read(subject, 'destinations', this.#fillService(key), signal);
    return this.#decode(batch, this.#records.destinations, signal);
  }

  /** Adds a destination to a service. Rejects with `EEXIST` when the service has it, `ESRCH` when there is no such service. */
  async addDestination(
    service: ServiceRef,
    spec: DestinationSpec,
    options?: CallOptions,
  ): Promise<void> {
    return this.#writeDestination('add-destination', 'addDestination', service, spec, options);
  }

  /**
   * Replaces everything of a destination but its identity, its connections and its counters; what the spec does not name
   * gets its default. Rejects with `ENOENT` when the service has no such destination, `ESRCH` when there is no such service.
   */
  async setDestination(
    service: ServiceRef,
    spec: DestinationSpec,
    options?: CallOptions,
  ): Promise<void> {
    return this.#writeDestination('set-destination', 'setDestination', service, spec, options);
  }

  /**
   * Changes the named fields of a destination and keeps all others. Reads the service's destinations and writes the one
   * again with nothing of this handle in between; a change that another program makes in that moment is lost. Rejects
   * with `ENOENT` when the service has no such destination, `ESRCH` when there is no such service.
   */
  async updateDestination(
    service: ServiceRef,
    destination: DestinationRef,
    changes: DestinationChanges,
    options?: CallOptions,
  ): Promise<void> {
    const signal = checkSignal(options);
    const key = resolveServiceRef(service);
    const destinationKey = resolveDestinationRef(destination, key);
    const checked = present(
      checkDestinationChanges(changes, destinationKey, key, throwingReport, ''),
    );
    const id = formatDestinationId(destinationKey);
    const source = formatServiceId(key);
    const subject = destinationSubject('update-destination', key, destinationKey);
    const records = this.#records.destinations;
    return this.#queue.change(subject, signal, {
      command: 'setDestination',
      target: `${source} -> ${id}`,
      source: {
        key: `${source} ->`,
        table: 'destinations',
        fill: this.#fillService(key),
        rows: async (batch) => rowsOf(await allParts(batch), records),
      },
      merge: (rows) => {
        const { value, record } = this.#row<ObservedDestination>(rows, id, subject);
        const merged = present(applyDestinationChanges(value, checked, throwingReport, ''));
        return (request, offset) => {
          this.#records.services.writeKey(request, this.#records.serviceAt(offset), key);
          records.overlay(request, this.#records.destinationAt(offset), record, merged, checked);
        };
      },
    });
  }

  /** Takes a destination out of a service. Rejects with `ENOENT` when the service does not have it, `ESRCH` when there is no such service. */
  async removeDestination(
    service: ServiceRef,
    destination: DestinationRef,
    options?: CallOptions,
  ): Promise<void> {
    const signal = checkSignal(options);
    const key = resolveServiceRef(service);
    const destinationKey = resolveDestinationRef(destination, key);
    const subject = destinationSubject('remove-destination', key, destinationKey);
    return this.#queue.write(
      subject,
      'removeDestination',
      (request, offset) => {
        this.#records.services.writeKey(request, this.#records.serviceAt(offset), key);
        this.#records.destinations.writeKey(
          request,
          this.#records.destinationAt(offset),
          destinationKey,
        );
      },
      signal,
    );
  }

  /** Removes every service of the namespace, whoever made it. Connections, timeouts and sync daemons stay. */
  async flush(options?: CallOptions): Promise<void> {
    return this.#queue.write({ operation: 'flush' }, 'flush', () => {}, checkSignal(options));
  }

  /**
   * Sets the counters and rates of a service and its destinations to 0, or, without a service, those of every service and
   * the totals. What was counted since the kernel last took stock, at most two seconds, appears after all. Rejects with
   * `ESRCH` when there is no such service.
   */
  async zero(service?: ServiceRef, options?: CallOptions): Promise<void> {
    const signal = checkSignal(options);
    if (service === undefined) {
      return this.#queue.write({ operation: 'zero' }, 'zero', () => {}, signal);
    }
    const key = resolveServiceRef(service);
    const subject: Subject = { operation: 'zero', target: formatServiceId(key) };
    return this.#queue.write(subject, 'zero', this.#fillService(key), signal);
  }

  /** How long the namespace's connections are remembered. */
  async timeouts(options?: CallOptions): Promise<Timeouts> {
    const signal = checkSignal(options);
    const batch = await this.#read({ operation: 'get-timeouts' }, 'timeouts', undefined, signal);
    return this.#records.readTimeouts(open(batch).view);
  }

  /**
   * Sets the named timeouts, in whole seconds from 1; the others stay. Connections that are open take the new value with
   * their next packet. The most a kernel can hold is 2147483647 divided by its HZ: 21474836 where HZ is 100, 2147483 where it
   * is 1000; above it the kernel says `EINVAL`, and nothing is changed.
   */
  async setTimeouts(timeouts: Partial<Timeouts>, options?: CallOptions): Promise<void> {
    const signal = checkSignal(options);
    const checked = present(checkTimeouts(timeouts, throwingReport, ''));
    return this.#queue.write(
      { operation: 'set-timeouts' },
      'setTimeouts',
      (request, offset) => this.#records.writeTimeouts(request, offset, checked),
      signal,
    );
  }

  /** Closes the handle. Pending calls reject with the code `ERR_IPVS_CLOSED`, and so do later ones. What was set stays set. */
  close(): Promise<void> {
    this.#closing ??= this.#queue.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #writeService(
    operation: 'add-service' | 'set-service',
    command: 'addService' | 'setService',
    spec: ServiceSpec,
    options: CallOptions | undefined,
  ): Promise<void> {
    const signal = checkSignal(options);
    const service: Service = present(checkServiceSpec(spec, throwingReport, ''));
    const key = resolveServiceRef(service);
    const subject: Subject = {
      operation,
      target: formatServiceId(key),
      scheduler: service.scheduler,
      engine: service.persistence?.engine,
    };
    const writing = this.#queue.write(
      subject,
      command,
      (request, offset) =>
        this.#records.services.write(request, this.#records.serviceAt(offset), key, service),
      signal,
    );
    return this.#withMissingNamed(writing, subject);
  }

  #writeDestination(
    operation: 'add-destination' | 'set-destination',
    command: 'addDestination' | 'setDestination',
    service: ServiceRef,
    spec: DestinationSpec,
    options: CallOptions | undefined,
  ): Promise<void> {
    const signal = checkSignal(options);
    const key = resolveServiceRef(service);
    const destination: Destination = present(checkDestinationSpec(spec, key, throwingReport, ''));
    const subject = destinationSubject(operation, key, destination);
    return this.#queue.write(
      subject,
      command,
      (request, offset) => {
        this.#records.services.writeKey(request, this.#records.serviceAt(offset), key);
        this.#records.destinations.write(request, this.#records.destinationAt(offset), destination);
      },
      signal,
    );
  }

  #fillService(key: CompleteServiceKey): Fill {
    return (request, offset) =>
      this.#records.services.writeKey(request, this.#records.serviceAt(offset), key);
  }

  async #read(
    subject: Subject,
    table: 'info' | 'timeouts' | 'services' | 'destinations',
    fill: Fill | undefined,
    signal: AbortSignal | undefined,
  ): Promise<NativeBatch> {
    const answer = await this.#queue.read(subject, table, fill, signal);
    if ('errno' in answer) throw this.#error(subject, answer);
    return answer;
  }

  #error(subject: Subject, failure: Failure): IpvsError {
    const details = { ...subject, timeout: this.#timeout };
    return failureError(subject.operation, subject.target, failure, details);
  }

  /**
   * The kernel gives one errno for a scheduler and for an engine that are not available. Where both were asked for, the
   * error is put more precisely: the scheduler alone is tried, in a request that the kernel refuses in any case.
   */
  async #withMissingNamed(writing: Promise<void>, subject: Subject): Promise<void> {
    const { scheduler, engine } = subject;
    if (scheduler === undefined || engine === undefined || engine === '') return writing;
    try {
      await writing;
    } catch (error) {
      if (!(error instanceof IpvsError) || error.code !== 'ENOENT') throw error;
      const available = await this.#hasScheduler(scheduler, subject);
      if (available === undefined) throw error;
      const missing = available ? 'engine' : 'scheduler';
      throw this.#error(
        { ...subject, missing },
        { errno: constants.errno.ENOENT, source: 'kernel' },
      );
    }
  }

  /** Whether the kernel has a scheduler, or can load it; `undefined` where that cannot be told. */
  async #hasScheduler(scheduler: string, subject: Subject): Promise<boolean | undefined> {
    try {
      await this.#queue.write(
        subject,
        'addService',
        (request, offset) =>
          this.#records.services.writeRefused(request, this.#records.serviceAt(offset), scheduler),
        undefined,
      );
    } catch (error) {
      if (error instanceof IpvsError && error.code === 'EINVAL') return true;
      if (error instanceof IpvsError && error.code === 'ENOENT') return false;
    }
    return undefined;
  }

  /** The row of an object that is to be changed; throws when it is not there. */
  #row<Value>(rows: Rows<Value>, id: string, subject: Subject): Row<Value> {
    const row = rows.get(id);
    if (row !== undefined) return row;
    throw this.#error(subject, { errno: constants.errno.ENOENT, source: 'kernel' });
  }

  async #decode<Value>(
    batch: NativeBatch,
    records: Reader<Value>,
    signal: AbortSignal | undefined,
  ): Promise<Value[]> {
    const rows: Value[] = [];
    for await (const part of readParts(batch)) {
      signal?.throwIfAborted();
      for (let index = 0; index < part.count; index += 1) {
        rows.push(records.read(part.view, index, part.lines));
      }
    }
    return rows;
  }
}

interface Reader<Value> {
  readonly size: number;
  read(view: DataView, index: number, lines: readonly string[]): Value;
}

/** The addon; where there is none, the error says what to do. */
function load(): NativeAddon {
  try {
    return loadNative();
  } catch (cause) {
    const reason =
      process.platform === 'linux'
        ? 'the native addon is not there: build it with "npm rebuild ipvs", which needs a C++20 compiler, make and Python'
        : `IPVS is a part of Linux; this is ${process.platform}`;
    throw new IpvsError('ERR_IPVS_UNAVAILABLE', 'open', undefined, reason, { cause });
  }
}

/** What a check returned. With a report that throws there is always something. */
function present<Value>(checked: Value | undefined): Value {
  if (checked === undefined) throw new TypeError('a check found an error and did not throw');
  return checked;
}

function destinationSubject(
  operation: Operation,
  service: CompleteServiceKey,
  destination: { readonly address: string; readonly port: number },
): Subject {
  const id = formatDestinationId({ ...destination, family: familyOf(destination.address) });
  return { operation, target: `${formatServiceId(service)} -> ${id}` };
}

async function allParts(batch: NativeBatch): Promise<TablePart[]> {
  const parts: TablePart[] = [];
  for await (const part of readParts(batch)) parts.push(part);
  return parts;
}

/** Rows by id, each with its record. */
function rowsOf<Value extends { readonly id: string }>(
  parts: readonly TablePart[],
  reader: Reader<Value>,
): Rows<Value> {
  const rows = new Map<string, Row<Value>>();
  for (const part of parts) {
    for (let index = 0; index < part.count; index += 1) {
      const value = reader.read(part.view, index, part.lines);
      const start = index * reader.size;
      rows.set(value.id, { value, record: part.bytes.subarray(start, start + reader.size) });
    }
  }
  return rows;
}

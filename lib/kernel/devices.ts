import { constants } from 'node:os';
import type { CallOptions } from '../../types/config.js';
import type { BoundAddress, NetworkDevice } from '../../types/device.js';
import type { NativeBatch, NativeCommand } from '../../types/native.js';
import { addressExpected } from '../model/address.js';
import { checkDeviceName } from '../model/device-name.js';
import { InvalidValueError } from '../model/invalid-value-error.js';
import { fullPrefix } from '../model/netmask.js';
import { type Network, parseNetwork } from '../model/network.js';
import { present, throwingReport } from '../model/report.js';
import { checkAddressToBind } from '../model/virtual-address.js';
import type { Subject } from './call.js';
import type { Row, Rows } from './change-group.js';
import { IpvsError } from './errors.js';
import { checkSignal } from './options.js';
import type { Fill } from './queue.js';
import type { Device } from './records/device-records.js';
import type { Session } from './session.js';
import { open, readAll } from './table-reader.js';

const dummy = 'dummy';

/** How often a device is looked for that others make and remove. */
const attempts = 3;

/** The calls about virtual addresses and the device that holds them. */
export class Devices {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async ensureDummy(
    name: string,
    options: CallOptions | undefined,
  ): Promise<{ readonly created: boolean }> {
    const signal = checkSignal(options);
    const subject: Subject = { operation: 'ensure-dummy', target: checkName(name, '/name') };
    const { records } = this.#session;
    for (let attempt = 1; ; attempt += 1) {
      let found: Device | undefined;
      try {
        await this.#change(subject, name, 'createDevice', signal, (device) => {
          found = device;
          if (device !== undefined) return this.#checkKind(device, subject);
          return (request, offset) =>
            records.devices.writeNew(request, records.deviceAt(offset), name, dummy);
        });
        return { created: found === undefined };
      } catch (error) {
        // It came between the look and the attempt; loading the module alone can make a dummy0.
        const appeared = found === undefined && isIpvsError(error, 'EEXIST');
        if (!appeared || attempt === attempts) throw error;
      }
    }
  }

  async list(options: CallOptions | undefined): Promise<NetworkDevice[]> {
    const signal = checkSignal(options);
    const subject: Subject = { operation: 'list-devices' };
    const batch = await this.#session.read(subject, 'devices', undefined, signal);
    const { devices } = this.#session.records;
    const read = (view: DataView, index: number) => devices.readNamed(view, index);
    return readAll(batch, { size: devices.size, read }, signal);
  }

  async get(name: string, options: CallOptions | undefined): Promise<NetworkDevice | undefined> {
    const signal = checkSignal(options);
    const subject: Subject = { operation: 'get-device', target: checkName(name, '/name') };
    const batch = await this.#session.read(subject, 'device', this.#fillName(name), signal);
    const kind = this.#rows(name, batch).get(name)?.value.kind;
    return kind === undefined ? undefined : { name, kind };
  }

  async removeDummy(name: string, options: CallOptions | undefined): Promise<void> {
    const signal = checkSignal(options);
    const subject: Subject = { operation: 'remove-dummy', target: checkName(name, '/name') };
    const { records } = this.#session;
    return this.#change(subject, name, 'removeDevice', signal, (device) => {
      if (device === undefined) throw this.#refusal(subject, constants.errno.ENODEV);
      this.#checkKind(device, subject);
      return (request, offset) =>
        records.devices.writeIndex(request, records.deviceAt(offset), device.index);
    });
  }

  async listAddresses(
    device: string | undefined,
    options: CallOptions | undefined,
  ): Promise<BoundAddress[]> {
    const signal = checkSignal(options);
    const target = device === undefined ? undefined : checkName(device, '/device');
    const subject: Subject = { operation: 'list-addresses', target };
    const fill = target === undefined ? undefined : this.#fillName(target);
    const batch = await this.#session.read(subject, 'addresses', fill, signal);
    return readAll(batch, this.#session.records.devices, signal);
  }

  async bindAddress(
    device: string,
    address: string,
    options: CallOptions | undefined,
  ): Promise<void> {
    const signal = checkSignal(options);
    checkName(device, '/device');
    const parsed = present(checkAddressToBind(address, throwingReport, '/address'));
    const network = { ...parsed, prefix: fullPrefix(parsed.family) };
    return this.#write('bind-address', 'addAddress', device, network, signal);
  }

  async unbindAddress(
    device: string,
    address: string,
    options: CallOptions | undefined,
  ): Promise<void> {
    const signal = checkSignal(options);
    checkName(device, '/device');
    const network = parseNetwork(address);
    if (network === undefined) throw new InvalidValueError('address', address, addressExpected);
    return this.#write('unbind-address', 'removeAddress', device, network, signal);
  }

  #write(
    operation: 'bind-address' | 'unbind-address',
    command: 'addAddress' | 'removeAddress',
    device: string,
    { address, prefix }: Network,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const target = `${address}/${prefix} on ${device}`;
    const { records } = this.#session;
    return this.#session.write(
      {
        subject: { operation, target },
        command,
        fill: (request, offset) =>
          records.devices.writeAddress(request, records.deviceAt(offset), device, address, prefix),
      },
      signal,
    );
  }

  /** Looks at a device, and does what `decide` makes of what is there. */
  #change(
    subject: Subject,
    name: string,
    command: NativeCommand,
    signal: AbortSignal | undefined,
    decide: (device: Device | undefined) => Fill | undefined,
  ): Promise<void> {
    return this.#session.queue.change<Device>(subject, signal, {
      command,
      target: name,
      source: {
        key: `device ${name}`,
        table: 'device',
        fill: this.#fillName(name),
        rows: async (batch) => this.#rows(name, batch),
      },
      merge: (rows) => decide(rows.get(name)?.value),
    });
  }

  /** The one device there is, or none. It may have been found by another of its names. */
  #rows(name: string, batch: NativeBatch): Rows<Device> {
    const rows = new Map<string, Row<Device>>();
    if (batch.count === 0) return rows;
    const { view, bytes } = open(batch);
    return rows.set(name, { value: this.#session.records.devices.readDevice(view), record: bytes });
  }

  #fillName(name: string): Fill {
    const { records } = this.#session;
    return (request, offset) => records.devices.writeName(request, records.deviceAt(offset), name);
  }

  /** Throws for a device that is no dummy. */
  #checkKind({ kind }: Device, subject: Subject): undefined {
    if (kind !== dummy) throw this.#refusal({ ...subject, kind }, constants.errno.EEXIST);
  }

  #refusal(subject: Subject, errno: number): IpvsError {
    return this.#session.error(subject, { errno, source: 'kernel' });
  }
}

function checkName(name: unknown, path: string): string {
  return present(checkDeviceName(name, throwingReport, path));
}

function isIpvsError(error: unknown, code: string): error is IpvsError {
  return error instanceof IpvsError && error.code === code;
}

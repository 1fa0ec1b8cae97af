import type { Family } from '../../../types/address.js';
import type { Info, Timeouts, Transport } from '../../../types/config.js';
import type { Destination } from '../../../types/destination.js';
import type { NativeAddon, NativeCommand, NativeLayouts } from '../../../types/native.js';
import type { CompleteServiceSettings } from '../../../types/service.js';
import type { CompleteServiceKey } from '../../model/service-id.js';
import type { Fill } from '../queue.js';
import type { RecordTarget, RequestBuffer } from '../request-buffer.js';
import { ConnectionRecords } from './connection-records.js';
import { DaemonRecords } from './daemon-records.js';
import { DestinationRecords } from './destination-records.js';
import { DeviceRecords } from './device-records.js';
import { littleEndian, type Offsets, offsetsOf } from './layout.js';
import { ServiceRecords, settableFlags } from './service-records.js';

/** A service as it should be, with its destinations. */
export interface WantedService extends CompleteServiceSettings {
  readonly family: Family;
  readonly destinations: readonly Destination[];
}

/** Every record there is. Here, and nowhere else, words become numbers and numbers words. */
export class Records {
  readonly requestSize: number;
  readonly services: ServiceRecords;
  readonly destinations: DestinationRecords;
  readonly connections: ConnectionRecords;
  readonly daemons: DaemonRecords;
  readonly devices: DeviceRecords;
  readonly #commands: Readonly<Record<NativeCommand, number>>;
  readonly #request: Offsets<keyof NativeLayouts['request']['fields']>;
  readonly #timeouts: Offsets<keyof NativeLayouts['timeouts']['fields']>;
  readonly #info: Offsets<keyof NativeLayouts['info']['fields']>;

  constructor({
    layouts,
    commands,
    presence,
  }: Pick<NativeAddon, 'layouts' | 'commands' | 'presence'>) {
    this.requestSize = layouts.request.size;
    this.services = new ServiceRecords(layouts, presence);
    this.destinations = new DestinationRecords(layouts);
    this.connections = new ConnectionRecords(layouts, this.services, this.destinations);
    this.daemons = new DaemonRecords(layouts);
    this.devices = new DeviceRecords(layouts);
    this.#commands = commands;
    this.#request = offsetsOf(layouts.request);
    this.#timeouts = offsetsOf(layouts.timeouts);
    this.#info = offsetsOf(layouts.info);
  }

  /** Begins a request. */
  writeCommand(request: RequestBuffer, offset: number, command: NativeCommand): void {
    request.view.setUint32(offset + this.#request.command, this.#commands[command], littleEndian);
    request.view.setUint32(offset + this.#request.flagMask, settableFlags, littleEndian);
  }

  /** What names a service in a request. */
  fillService(key: CompleteServiceKey): Fill {
    return (request, offset) => this.services.writeKey(request, this.serviceAt(offset), key);
  }

  /** Where a request's service begins. */
  serviceAt(offset: number): number {
    return offset + this.#request.service;
  }

  /** Where a request's destination begins. */
  destinationAt(offset: number): number {
    return offset + this.#request.destination;
  }

  /** Where a request's daemon begins. */
  daemonAt(offset: number): number {
    return offset + this.#request.daemon;
  }

  /** Where a request's device begins. */
  deviceAt(offset: number): number {
    return offset + this.#request.device;
  }

  /** The settings of a service as the kernel's answers have them, and behind it those of its destinations, with their identity. */
  packSettings(wanted: WantedService): Uint32Array {
    const { services, destinations } = this;
    const start = services.writtenSize;
    const bytes = new Uint8Array(start + wanted.destinations.length * destinations.writtenSize);
    const words = new Uint32Array(bytes.buffer);
    const target: RecordTarget = { bytes, view: new DataView(bytes.buffer), words };
    services.writeSettings(target, 0, wanted.family, wanted);
    wanted.destinations.forEach((destination, place) => {
      destinations.write(target, start + place * destinations.writtenSize, destination);
    });
    return words;
  }

  writeTimeouts(request: RequestBuffer, offset: number, timeouts: Partial<Timeouts>): void {
    const start = offset + this.#request.timeouts;
    const { view } = request;
    // To the kernel 0 means: as it is.
    view.setUint32(start + this.#timeouts.tcp, timeouts.tcp ?? 0, littleEndian);
    view.setUint32(start + this.#timeouts.tcpFin, timeouts.tcpFin ?? 0, littleEndian);
    view.setUint32(start + this.#timeouts.udp, timeouts.udp ?? 0, littleEndian);
  }

  readTimeouts(view: DataView): Timeouts {
    return {
      tcp: view.getUint32(this.#timeouts.tcp, littleEndian),
      tcpFin: view.getUint32(this.#timeouts.tcpFin, littleEndian),
      udp: view.getUint32(this.#timeouts.udp, littleEndian),
    };
  }

  /** Over which way the information came. */
  readTransport(view: DataView, { sockopt }: NativeAddon['transports']): Transport {
    const number = view.getUint32(this.#info.transport, littleEndian);
    return number === sockopt ? 'sockopt' : 'netlink';
  }

  readInfo(view: DataView): Info {
    const version = view.getUint32(this.#info.version, littleEndian);
    return {
      version: `${(version >>> 16) & 0xff}.${(version >>> 8) & 0xff}.${version & 0xff}`,
      connectionTableSize: view.getUint32(this.#info.connectionTableSize, littleEndian),
    };
  }
}

import type { Address } from '../../../types/address.js';
import type {
  Destination,
  DestinationChanges,
  DestinationId,
  ObservedDestination,
  ObservedForward,
  Tunnel,
} from '../../../types/destination.js';
import type { NativeLayouts } from '../../../types/native.js';
import type { Stats } from '../../../types/stats.js';
import { familyOf, formatAddress, writeAddressWords } from '../../model/address.js';
import { formatDestinationId } from '../../model/destination-id.js';
import type { Mutable } from '../../model/fields.js';
import { forwardName, forwardNumber } from '../../model/forwarding.js';
import {
  tunnelChecksumName,
  tunnelChecksumNumber,
  tunnelTypeName,
  tunnelTypeNumber,
} from '../../model/tunnel.js';
import type { RecordTarget } from '../request-buffer.js';
import type { TablePart } from '../table-reader.js';
import { familyOfNumber, numberOfFamily } from './families.js';
import { littleEndian, type Offsets, offsetsOf } from './layout.js';
import { maskOf, sameBits } from './masked-words.js';
import { StatsRecords } from './stats-records.js';

type Field = keyof NativeLayouts['destination']['fields'];
type ObservedField = keyof NativeLayouts['observedDestination']['fields'];

/** Turns destinations into records and back. */
export class DestinationRecords {
  readonly size: number;
  /** Bytes that what is written of a destination takes. */
  readonly writtenSize: number;
  readonly #at: Offsets<Field>;
  readonly #observed: Offsets<ObservedField>;
  readonly #stats: StatsRecords;
  readonly #settingsMask: Uint32Array;

  constructor(layouts: NativeLayouts) {
    this.size = layouts.observedDestination.size;
    this.#at = offsetsOf(layouts.destination);
    this.#observed = offsetsOf(layouts.observedDestination);
    this.writtenSize = layouts.destination.size;
    this.#stats = new StatsRecords(layouts);
    this.#settingsMask = settingsMask(layouts.destination);
  }

  /** Writes what names the destination. */
  writeKey(
    request: RecordTarget,
    offset: number,
    key: { readonly address: string; readonly port: number },
  ): void {
    const { view, words } = request;
    const at = this.#at;
    view.setUint16(offset + at.family, numberOfFamily(familyOf(key.address)), littleEndian);
    view.setUint16(offset + at.port, key.port, littleEndian);
    writeAddressWords(key.address, words, (offset + at.address) >> 2);
  }

  /** Writes a whole destination. */
  write(request: RecordTarget, offset: number, destination: Destination): void {
    this.writeKey(request, offset, destination);
    const { bytes, words } = request;
    const at = this.#at;
    words[(offset + at.weight) >> 2] = destination.weight;
    words[(offset + at.upperThreshold) >> 2] = destination.upperThreshold;
    words[(offset + at.lowerThreshold) >> 2] = destination.lowerThreshold;
    bytes[offset + at.forward] = forwardNumber(destination.forward);
    if (destination.tunnel !== undefined) this.#writeTunnel(request, offset, destination.tunnel);
  }

  /** Writes a destination as it was read, with `changed` fields taken from `destination`. */
  overlay(
    request: RecordTarget,
    offset: number,
    read: Uint8Array,
    destination: Destination,
    changed: { readonly [Name in keyof DestinationChanges]?: unknown },
  ): void {
    const { view, bytes } = request;
    const at = this.#at;
    const start = this.#observed.destination;
    bytes.set(read.subarray(start, start + this.writtenSize), offset);
    if (changed.weight !== undefined) {
      view.setUint32(offset + at.weight, destination.weight, littleEndian);
    }
    if (changed.upperThreshold !== undefined) {
      view.setUint32(offset + at.upperThreshold, destination.upperThreshold, littleEndian);
    }
    if (changed.lowerThreshold !== undefined) {
      view.setUint32(offset + at.lowerThreshold, destination.lowerThreshold, littleEndian);
    }
    if (changed.forward !== undefined) {
      bytes[offset + at.forward] = forwardNumber(destination.forward);
    }
    // A destination that leaves its tunnel keeps the tunnel's settings: open connections still use them.
    if (changed.tunnel !== undefined && destination.tunnel !== undefined) {
      this.#writeTunnel(request, offset, destination.tunnel);
    }
  }

  /**
   * Whether the destination of record `index` has the settings that {@link write} wrote from word `from` on. Of one that is
   * no tunnel any more, and still has the settings of its tunnel, it is not known.
   */
  hasSettings(words: Uint32Array, index: number, written: Uint32Array, from: number): boolean {
    const at = (index * this.size + this.#observed.destination) >> 2;
    return sameBits(this.#settingsMask, words, at, written, from);
  }

  /** Of a snapshot: the place of the service to which record `index` belongs. */
  serviceOf(view: DataView, index: number): number {
    return view.getUint32(index * this.size + this.#observed.service, littleEndian);
  }

  /** The destination of record `index`; `lines` are all the lines of its batch. */
  read(view: DataView, index: number, lines: readonly string[]): ObservedDestination {
    return this.readAt(view, index, lines[index] as string);
  }

  /** The destination of record `index`, which has that address. */
  readAt(view: DataView, index: number, address: Address): ObservedDestination {
    const forward = this.readForward(view, index);
    const destination = {
      id: this.readId(view, index, address),
      address,
      port: this.readPort(view, index),
      forward,
      weight: this.readWeight(view, index),
      upperThreshold: this.readUpperThreshold(view, index),
      lowerThreshold: this.readLowerThreshold(view, index),
    } as Mutable<ObservedDestination>;
    if (forward === 'tunnel') destination.tunnel = this.readTunnel(view, index);
    destination.activeConnections = this.readActiveConnections(view, index);
    destination.inactiveConnections = this.readInactiveConnections(view, index);
    destination.persistentConnections = this.readPersistentConnections(view, index);
    destination.stats = this.readStats(view, index);
    return destination;
  }

  readId(view: DataView, index: number, address: Address): DestinationId {
    const number = view.getUint16(this.#settingsAt(index) + this.#at.family, littleEndian);
    const port = this.readPort(view, index);
    return formatDestinationId({ family: familyOfNumber(number), address, port });
  }

  /** The address of record `index` of a part: the line of it; in a bare snapshot, which has none, the bytes. */
  readAddress({ view, bytes, lines }: TablePart, index: number): Address {
    const line = lines[index];
    if (line !== undefined && line !== '') return line;
    const offset = this.#settingsAt(index);
    const family = familyOfNumber(view.getUint16(offset + this.#at.family, littleEndian));
    return formatAddress(bytes, family, offset + this.#at.address);
  }

  readPort(view: DataView, index: number): number {
    return view.getUint16(this.#settingsAt(index) + this.#at.port, littleEndian);
  }

  readForward(view: DataView, index: number): ObservedForward {
    return forwardName(view.getUint8(this.#settingsAt(index) + this.#at.forward));
  }

  readWeight(view: DataView, index: number): number {
    return view.getUint32(this.#settingsAt(index) + this.#at.weight, littleEndian);
  }

  readUpperThreshold(view: DataView, index: number): number {
    return view.getUint32(this.#settingsAt(index) + this.#at.upperThreshold, littleEndian);
  }

  readLowerThreshold(view: DataView, index: number): number {
    return view.getUint32(this.#settingsAt(index) + this.#at.lowerThreshold, littleEndian);
  }

  readActiveConnections(view: DataView, index: number): number {
    return view.getUint32(index * this.size + this.#observed.activeConnections, littleEndian);
  }

  readInactiveConnections(view: DataView, index: number): number {
    return view.getUint32(index * this.size + this.#observed.inactiveConnections, littleEndian);
  }

  readPersistentConnections(view: DataView, index: number): number {
    return view.getUint32(index * this.size + this.#observed.persistentConnections, littleEndian);
  }

  /** The settings of a tunnel; of a destination that is none they mean nothing. */
  readTunnel(view: DataView, index: number): Tunnel {
    const at = this.#at;
    const offset = this.#settingsAt(index);
    const type = tunnelTypeName(view.getUint8(offset + at.tunnelType));
    const checksum = tunnelChecksumName(view.getUint16(offset + at.tunnelFlags, littleEndian));
    const port = view.getUint16(offset + at.tunnelPort, littleEndian);
    return port === 0 ? { type, checksum } : { type, port, checksum };
  }

  readStats(view: DataView, index: number): Stats {
    return this.#stats.read(view, index * this.size + this.#observed.stats);
  }

  #settingsAt(index: number): number {
    return index * this.size + this.#observed.destination;
  }

  #writeTunnel(request: RecordTarget, offset: number, tunnel: Tunnel): void {
    const { view, bytes } = request;
    const at = this.#at;
    bytes[offset + at.tunnelType] = tunnelTypeNumber(tunnel.type);
    view.setUint16(offset + at.tunnelPort, tunnel.port ?? 0, littleEndian);
    view.setUint16(offset + at.tunnelFlags, tunnelChecksumNumber(tunnel.checksum), littleEndian);
  }
}

/** The bits of a record that are settings: not what is said of the answer, nor what belongs to no field. */
function settingsMask(layout: NativeLayouts['destination']): Uint32Array {
  const fields = Object.keys(layout.fields) as Field[];
  return maskOf(
    layout,
    fields.filter((field) => field !== 'present'),
  );
}

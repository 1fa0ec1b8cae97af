import type {
  Destination,
  DestinationChanges,
  ObservedDestination,
  Tunnel,
} from '../../../types/destination.js';
import type { NativeLayouts } from '../../../types/native.js';
import { familyOf, writeAddress } from '../../model/address.js';
import { type CompleteDestinationKey, formatDestinationId } from '../../model/destination-id.js';
import type { Mutable } from '../../model/fields.js';
import { forwardName, forwardNumber } from '../../model/forwarding.js';
import {
  tunnelChecksumName,
  tunnelChecksumNumber,
  tunnelTypeName,
  tunnelTypeNumber,
} from '../../model/tunnel.js';
import type { RequestBuffer } from '../request-buffer.js';
import { families, familyOfNumber } from './families.js';
import { littleEndian, type Offsets, offsetsOf } from './layout.js';
import { StatsRecords } from './stats-records.js';

type Field = keyof NativeLayouts['destination']['fields'];
type ObservedField = keyof NativeLayouts['observedDestination']['fields'];

/** Turns destinations into records and back. */
export class DestinationRecords {
  readonly size: number;
  readonly #at: Offsets<Field>;
  readonly #observed: Offsets<ObservedField>;
  readonly #recordSize: number;
  readonly #stats: StatsRecords;

  constructor(layouts: NativeLayouts) {
    this.size = layouts.observedDestination.size;
    this.#at = offsetsOf(layouts.destination);
    this.#observed = offsetsOf(layouts.observedDestination);
    this.#recordSize = layouts.destination.size;
    this.#stats = new StatsRecords(layouts);
  }

  /** Writes what names the destination. */
  writeKey(
    request: RequestBuffer,
    offset: number,
    key: { readonly address: string; readonly port: number },
  ): void {
    const { view, bytes } = request;
    const at = this.#at;
    view.setUint16(offset + at.family, families[familyOf(key.address)], littleEndian);
    view.setUint16(offset + at.port, key.port, littleEndian);
    writeAddress(key.address, bytes, offset + at.address);
  }

  /** Writes a whole destination. */
  write(request: RequestBuffer, offset: number, destination: Destination): void {
    this.writeKey(request, offset, destination);
    const { view, bytes } = request;
    const at = this.#at;
    view.setUint32(offset + at.weight, destination.weight, littleEndian);
    view.setUint32(offset + at.upperThreshold, destination.upperThreshold, littleEndian);
    view.setUint32(offset + at.lowerThreshold, destination.lowerThreshold, littleEndian);
    bytes[offset + at.forward] = forwardNumber(destination.forward);
    if (destination.tunnel !== undefined) this.#writeTunnel(request, offset, destination.tunnel);
  }

  /** Writes a destination as it was read, with `changed` fields taken from `destination`. */
  overlay(
    request: RequestBuffer,
    offset: number,
    read: Uint8Array,
    destination: Destination,
    changed: { readonly [Name in keyof DestinationChanges]?: unknown },
  ): void {
    const { view, bytes } = request;
    const at = this.#at;
    const start = this.#observed.destination;
    bytes.set(read.subarray(start, start + this.#recordSize), offset);
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

  /** Of a snapshot: the place of the service to which record `index` belongs. */
  serviceOf(view: DataView, index: number): number {
    return view.getUint32(index * this.size + this.#observed.service, littleEndian);
  }

  /** The destination of record `index`; `lines` are all the lines of its batch. */
  read(view: DataView, index: number, lines: readonly string[]): ObservedDestination {
    const at = this.#at;
    const observed = this.#observed;
    const start = index * this.size;
    const offset = start + observed.destination;
    const key = this.#readKey(view, offset, lines[index] as string);
    const forward = forwardName(view.getUint8(offset + at.forward));
    const destination = {
      id: formatDestinationId(key),
      address: key.address,
      port: key.port,
      forward,
      weight: view.getUint32(offset + at.weight, littleEndian),
      upperThreshold: view.getUint32(offset + at.upperThreshold, littleEndian),
      lowerThreshold: view.getUint32(offset + at.lowerThreshold, littleEndian),
    } as Mutable<ObservedDestination>;
    if (forward === 'tunnel') destination.tunnel = this.#readTunnel(view, offset);
    destination.activeConnections = view.getUint32(
      start + observed.activeConnections,
      littleEndian,
    );
    destination.inactiveConnections = view.getUint32(
      start + observed.inactiveConnections,
      littleEndian,
    );
    destination.persistentConnections = view.getUint32(
      start + observed.persistentConnections,
      littleEndian,
    );
    destination.stats = this.#stats.read(view, start + observed.stats);
    return destination;
  }

  #readKey(view: DataView, offset: number, address: string): CompleteDestinationKey {
    return {
      family: familyOfNumber(view.getUint16(offset + this.#at.family, littleEndian)),
      address,
      port: view.getUint16(offset + this.#at.port, littleEndian),
    };
  }

  #writeTunnel(request: RequestBuffer, offset: number, tunnel: Tunnel): void {
    const { view, bytes } = request;
    const at = this.#at;
    bytes[offset + at.tunnelType] = tunnelTypeNumber(tunnel.type);
    view.setUint16(offset + at.tunnelPort, tunnel.port ?? 0, littleEndian);
    view.setUint16(offset + at.tunnelFlags, tunnelChecksumNumber(tunnel.checksum), littleEndian);
  }

  #readTunnel(view: DataView, offset: number): Tunnel {
    const at = this.#at;
    const type = tunnelTypeName(view.getUint8(offset + at.tunnelType));
    const checksum = tunnelChecksumName(view.getUint16(offset + at.tunnelFlags, littleEndian));
    const port = view.getUint16(offset + at.tunnelPort, littleEndian);
    return port === 0 ? { type, checksum } : { type, port, checksum };
  }
}

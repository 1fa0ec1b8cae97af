import type { BoundAddress, NetworkDevice } from '../../../types/device.js';
import type { NativeLayouts } from '../../../types/native.js';
import { familyOf, writeAddress } from '../../model/address.js';
import { scopeName, scopes } from '../../model/address-scope.js';
import type { RequestBuffer } from '../request-buffer.js';
import { numberOfFamily } from './families.js';
import { littleEndian, type Offsets, offsetsOf } from './layout.js';

type Field = keyof NativeLayouts['device']['fields'];

/** A network device, as far as it is looked at. */
export interface Device {
  readonly index: number;
  /** What its driver calls it: `dummy`, `bridge`; empty for a physical device and the loopback. */
  readonly kind: string;
}

/** `IFF_UP` */
const up = 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Turns devices and the addresses on them into records and back. */
export class DeviceRecords {
  readonly size: number;
  readonly #at: Offsets<Field>;
  readonly #nameSize: number;
  readonly #kindSize: number;

  constructor(layouts: NativeLayouts) {
    this.size = layouts.device.size;
    this.#at = offsetsOf(layouts.device);
    this.#nameSize = layouts.device.fields.device.length;
    this.#kindSize = layouts.device.fields.kind.length;
  }

  writeName({ bytes }: RequestBuffer, offset: number, name: string): void {
    const start = offset + this.#at.device;
    encoder.encodeInto(name, bytes.subarray(start, start + this.#nameSize - 1));
  }

  /** Writes a device to make. */
  writeNew(request: RequestBuffer, offset: number, name: string, kind: string): void {
    this.writeName(request, offset, name);
    const start = offset + this.#at.kind;
    encoder.encodeInto(kind, request.bytes.subarray(start, start + this.#kindSize - 1));
  }

  writeIndex({ view }: RequestBuffer, offset: number, index: number): void {
    view.setUint32(offset + this.#at.index, index, littleEndian);
  }

  writeAddress(
    request: RequestBuffer,
    offset: number,
    device: string,
    address: string,
    prefixLength: number,
  ): void {
    const { view, bytes } = request;
    const at = this.#at;
    const family = familyOf(address);
    this.writeName(request, offset, device);
    writeAddress(address, bytes, offset + at.address);
    view.setUint16(offset + at.family, numberOfFamily(family), littleEndian);
    bytes[offset + at.prefixLength] = prefixLength;
    // Of an IPv6 address the kernel knows it by itself.
    bytes[offset + at.scope] = address.startsWith('127.') ? scopes.host : scopes.global;
  }

  /** The device of the first record. */
  readDevice(view: DataView): Device {
    return {
      index: view.getUint32(this.#at.index, littleEndian),
      kind: readText(view, this.#at.kind, this.#kindSize),
    };
  }

  /** The device of record `index`, with its name. */
  readNamed(view: DataView, index: number): NetworkDevice {
    const offset = index * this.size;
    return {
      name: readText(view, offset + this.#at.device, this.#nameSize),
      kind: readText(view, offset + this.#at.kind, this.#kindSize),
    };
  }

  /** Whether the device of record `index` is up. */
  isUp(view: DataView, index: number): boolean {
    return (view.getUint32(index * this.size + this.#at.flags, littleEndian) & up) !== 0;
  }

  /** The address of record `index`; `lines` are all the lines of its batch. */
  read(view: DataView, index: number, lines: readonly string[]): BoundAddress {
    const offset = index * this.size;
    return {
      device: readText(view, offset + this.#at.device, this.#nameSize),
      address: lines[index] as string,
      prefixLength: view.getUint8(offset + this.#at.prefixLength),
      scope: scopeName(view.getUint8(offset + this.#at.scope)),
    };
  }
}

/** A text of UTF-8 that ends with a NUL. */
function readText(view: DataView, offset: number, size: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, size);
  return decoder.decode(bytes.subarray(0, bytes.indexOf(0)));
}

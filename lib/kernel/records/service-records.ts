import type { Address, Family } from '../../../types/address.js';
import type { NativeAddon, NativeLayouts } from '../../../types/native.js';
import type {
  CompleteServiceSettings,
  ObservedService,
  Persistence,
  Scheduler,
  SchedulerFlag,
  Service,
  ServiceChanges,
} from '../../../types/service.js';
import type { Stats } from '../../../types/stats.js';
import { formatAddress, writeAddressWords } from '../../model/address.js';
import type { Mutable } from '../../model/fields.js';
import { fullPrefix, parseNetmask } from '../../model/netmask.js';
import { protocolName } from '../../model/protocol.js';
import { schedulerFlagsFromBits, schedulerFlagsToBits } from '../../model/scheduler-flags.js';
import { type CompleteServiceKey, formatServiceId, highestFwmark } from '../../model/service-id.js';
import type { RecordTarget } from '../request-buffer.js';
import { familyOfNumber, numberOfFamily } from './families.js';
import { littleEndian, type Offsets, offsetsOf, writeText } from './layout.js';
import { maskOf, sameBits } from './masked-words.js';
import { StatsRecords } from './stats-records.js';

type Field = keyof NativeLayouts['service']['fields'];

/** Bits of a service's flags: those of its own, the schedulers', and the kernel's mark of a service in its table. */
const flag = { persistent: 0x01, hashed: 0x02, onePacket: 0x04, scheduler: 0x38 } as const;

/** The flags that are set; all others stay as they are. */
export const settableFlags: number = flag.persistent | flag.onePacket | flag.scheduler;

/** Lines of text that belong to one service. */
const linesPerService = 3;

/** Turns services into records and back. */
export class ServiceRecords {
  readonly size: number;
  /** Bytes that what is written of a service takes. */
  readonly writtenSize: number;
  readonly #at: Offsets<Field>;
  readonly #schedulerSize: number;
  readonly #engineSize: number;
  readonly #record: number;
  readonly #stats: StatsRecords;
  readonly #statsAt: number;
  readonly #presence: NativeAddon['presence'];
  readonly #settingsMask: Uint32Array;
  readonly #persistentMask: Uint32Array;

  constructor(layouts: NativeLayouts, presence: NativeAddon['presence']) {
    this.#presence = presence;
    this.size = layouts.observedService.size;
    this.#at = offsetsOf(layouts.service);
    this.writtenSize = layouts.service.size;
    this.#schedulerSize = layouts.service.fields.scheduler.length;
    this.#engineSize = layouts.service.fields.engine.length;
    this.#record = layouts.observedService.fields.service.offset;
    this.#stats = new StatsRecords(layouts);
    this.#statsAt = layouts.observedService.fields.stats.offset;
    this.#settingsMask = settingsMask(layouts.service, ['scheduler']);
    this.#persistentMask = settingsMask(layouts.service, [
      'scheduler',
      'timeout',
      'netmask',
      'engine',
    ]);
  }

  /** Writes what names the service. */
  writeKey(request: RecordTarget, offset: number, key: CompleteServiceKey): void {
    const { view, bytes, words } = request;
    const at = this.#at;
    view.setUint16(offset + at.family, numberOfFamily(key.family), littleEndian);
    if (key.kind === 'fwmark') {
      bytes[offset + at.marked] = 1;
      view.setUint32(offset + at.fwmark, key.fwmark, littleEndian);
      return;
    }
    view.setUint16(offset + at.protocol, key.protocol, littleEndian);
    view.setUint16(offset + at.port, key.port, littleEndian);
    writeAddressWords(key.address, words, (offset + at.address) >> 2);
  }

  /** Writes a whole service. */
  write(request: RecordTarget, offset: number, key: CompleteServiceKey, service: Service): void {
    this.writeKey(request, offset, key);
    this.writeSettings(request, offset, key.family, service);
  }

  /** Writes what a service has besides its identity. */
  writeSettings(
    request: RecordTarget,
    offset: number,
    family: Family,
    service: CompleteServiceSettings,
  ): void {
    const { view, bytes } = request;
    const at = this.#at;
    const flags =
      (service.onePacket ? flag.onePacket : 0) | schedulerFlagsToBits(service.schedulerFlags);
    view.setUint32(offset + at.flags, flags, littleEndian);
    writeText(bytes, offset + at.scheduler, service.scheduler, this.#schedulerSize);
    this.#writePersistence(request, offset, family, service.persistence);
  }

  /** Whether the service of record `index` has the settings that {@link writeSettings} wrote at the beginning. */
  hasSettings(words: Uint32Array, index: number, written: Uint32Array): boolean {
    const flags = written[this.#at.flags >> 2] as number;
    const mask = (flags & flag.persistent) === 0 ? this.#settingsMask : this.#persistentMask;
    return sameBits(mask, words, this.#settingsAt(index) >> 2, written, 0);
  }

  /**
   * Writes a service that no kernel takes, because an IPv6 one cannot have a netmask of 0; but it looks for the scheduler
   * first, and says so when there is none.
   */
  writeRefused(request: RecordTarget, offset: number, scheduler: string): void {
    this.writeKey(request, offset, { kind: 'fwmark', fwmark: highestFwmark, family: 'ipv6' });
    writeText(request.bytes, offset + this.#at.scheduler, scheduler, this.#schedulerSize);
  }

  /** Writes a service as it was read, with `changed` fields taken from `service`. */
  overlay(
    request: RecordTarget,
    offset: number,
    read: Uint8Array,
    service: Service,
    changed: { readonly [Name in keyof ServiceChanges]?: unknown },
  ): void {
    const { view, bytes } = request;
    const at = this.#at;
    bytes.set(read.subarray(this.#record, this.#record + this.writtenSize), offset);
    let flags = view.getUint32(offset + at.flags, littleEndian);
    if (changed.onePacket !== undefined) {
      flags = (flags & ~flag.onePacket) | (service.onePacket ? flag.onePacket : 0);
    }
    if (changed.schedulerFlags !== undefined) {
      flags = (flags & ~flag.scheduler) | schedulerFlagsToBits(service.schedulerFlags);
    }
    view.setUint32(offset + at.flags, flags >>> 0, littleEndian);
    if (changed.scheduler !== undefined) {
      bytes.fill(0, offset + at.scheduler, offset + at.scheduler + this.#schedulerSize);
      writeText(bytes, offset + at.scheduler, service.scheduler, this.#schedulerSize);
    }
    if (changed.persistence !== undefined) {
      const family = familyOfNumber(view.getUint16(offset + at.family, littleEndian));
      bytes.fill(0, offset + at.engine, offset + at.engine + this.#engineSize);
      this.#writePersistence(request, offset, family, service.persistence);
    }
  }

  /** Whether the counters of record `index` came 64 bits wide. */
  hasWideCounters(view: DataView, index: number): boolean {
    const present = view.getUint8(index * this.size + this.#record + this.#at.present);
    return (present & this.#presence.stats64) !== 0;
  }

  /** The service of record `index`; `lines` are all the lines of its batch. */
  read(view: DataView, index: number, lines: readonly string[]): ObservedService {
    const key = this.readKey(view, index, lines);
    const scheduler = this.readScheduler(index, lines);
    const schedulerFlags = this.readSchedulerFlags(view, index, lines);
    const id = formatServiceId(key);

    // Field by field: an object spread costs a hundred times as much, and lists are long.
    const service = (
      key.kind === 'fwmark'
        ? { id, fwmark: key.fwmark, family: key.family, scheduler, schedulerFlags }
        : {
            id,
            protocol: protocolName(key.protocol),
            address: key.address,
            port: key.port,
            scheduler,
            schedulerFlags,
          }
    ) as Mutable<ObservedService>;
    const persistence = this.readPersistence(view, index, lines);
    if (persistence !== undefined) service.persistence = persistence;
    service.onePacket = this.readOnePacket(view, index);
    const unknownFlags = this.readUnknownFlags(view, index);
    if (unknownFlags !== undefined) service.unknownFlags = unknownFlags;
    service.stats = this.readStats(view, index);
    return service;
  }

  /** Whether the service of record `index` is one of a firewall mark. */
  isMarked(view: DataView, index: number): boolean {
    return view.getUint8(this.#settingsAt(index) + this.#at.marked) !== 0;
  }

  readKey(view: DataView, index: number, lines: readonly string[]): CompleteServiceKey {
    const at = this.#at;
    const offset = this.#settingsAt(index);
    const family = familyOfNumber(view.getUint16(offset + at.family, littleEndian));
    if (this.isMarked(view, index)) {
      return { kind: 'fwmark', fwmark: view.getUint32(offset + at.fwmark, littleEndian), family };
    }
    return {
      kind: 'address',
      protocol: view.getUint16(offset + at.protocol, littleEndian),
      family,
      address: this.readAddress(index, lines),
      port: view.getUint16(offset + at.port, littleEndian),
    };
  }

  readFamily(view: DataView, index: number): Family {
    return familyOfNumber(view.getUint16(this.#settingsAt(index) + this.#at.family, littleEndian));
  }

  readFwmark(view: DataView, index: number): number {
    return view.getUint32(this.#settingsAt(index) + this.#at.fwmark, littleEndian);
  }

  readAddress(index: number, lines: readonly string[]): Address {
    return lines[index * linesPerService] as string;
  }

  readProtocol(view: DataView, index: number): number {
    return view.getUint16(this.#settingsAt(index) + this.#at.protocol, littleEndian);
  }

  readPort(view: DataView, index: number): number {
    return view.getUint16(this.#settingsAt(index) + this.#at.port, littleEndian);
  }

  readScheduler(index: number, lines: readonly string[]): Scheduler {
    return lines[index * linesPerService + 1] as string;
  }

  readSchedulerFlags(
    view: DataView,
    index: number,
    lines: readonly string[],
  ): readonly SchedulerFlag[] {
    const flags = this.#readFlags(view, index) & flag.scheduler;
    return schedulerFlagsFromBits(flags, this.readScheduler(index, lines));
  }

  readPersistence(
    view: DataView,
    index: number,
    lines: readonly string[],
  ): Persistence | undefined {
    // Without the flag the kernel still holds a timeout and a netmask, which mean nothing.
    if ((this.#readFlags(view, index) & flag.persistent) === 0) return undefined;
    const at = this.#at;
    const offset = this.#settingsAt(index);
    const family = familyOfNumber(view.getUint16(offset + at.family, littleEndian));
    const mask = view.getUint32(offset + at.netmask, littleEndian);
    const timeout = view.getUint32(offset + at.timeout, littleEndian);
    const netmask = family === 'ipv6' ? mask : formatMask(mask);
    const engine = lines[index * linesPerService + 2] as string;
    return engine === '' ? { timeout, netmask } : { timeout, netmask, engine };
  }

  readOnePacket(view: DataView, index: number): boolean {
    return (this.#readFlags(view, index) & flag.onePacket) !== 0;
  }

  readUnknownFlags(view: DataView, index: number): number | undefined {
    const flags = (this.#readFlags(view, index) & ~(settableFlags | flag.hashed)) >>> 0;
    return flags === 0 ? undefined : flags;
  }

  readStats(view: DataView, index: number): Stats {
    return this.#stats.read(view, index * this.size + this.#statsAt);
  }

  #readFlags(view: DataView, index: number): number {
    return view.getUint32(this.#settingsAt(index) + this.#at.flags, littleEndian);
  }

  #settingsAt(index: number): number {
    return index * this.size + this.#record;
  }

  #writePersistence(
    request: RecordTarget,
    offset: number,
    family: Family,
    persistence: Persistence | undefined,
  ): void {
    const { view, bytes } = request;
    const at = this.#at;
    const others = view.getUint32(offset + at.flags, littleEndian) & ~flag.persistent;
    const flags = others | (persistence === undefined ? 0 : flag.persistent);
    view.setUint32(offset + at.flags, flags >>> 0, littleEndian);
    view.setUint32(offset + at.timeout, persistence?.timeout ?? 0, littleEndian);
    // The kernel wants a netmask of every service, and of an IPv6 one a valid one.
    const prefix =
      persistence === undefined
        ? fullPrefix(family)
        : (parseNetmask(persistence.netmask, family) ?? fullPrefix(family));
    const mask = family === 'ipv4' ? (-1 << (32 - prefix)) >>> 0 : prefix;
    view.setUint32(offset + at.netmask, mask, littleEndian);
    if (persistence?.engine !== undefined) {
      writeText(bytes, offset + at.engine, persistence.engine, this.#engineSize);
    }
  }
}

/** The bits of a record that are settings: those of the flags that can be set, and all of some fields. */
function settingsMask(layout: NativeLayouts['service'], whole: readonly Field[]): Uint32Array {
  const mask = maskOf(layout, whole);
  new DataView(mask.buffer).setUint32(layout.fields.flags.offset, settableFlags, littleEndian);
  return mask;
}

/** A mask as dotted octets, whatever its bits: another program may have set one that is not contiguous. */
function formatMask(mask: number): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, mask);
  return formatAddress(bytes, 'ipv4');
}

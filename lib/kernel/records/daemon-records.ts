import type { SyncDaemon, SyncDaemonSpec, SyncRole } from '../../../types/daemon.js';
import type { NativeLayouts } from '../../../types/native.js';
import { familyOf, writeAddress } from '../../model/address.js';
import type { Mutable } from '../../model/fields.js';
import { syncRoles } from '../../model/sync-daemon.js';
import type { RequestBuffer } from '../request-buffer.js';
import { numberOfFamily } from './families.js';
import { littleEndian, type Offsets, offsetsOf, writeText } from './layout.js';

type Field = keyof NativeLayouts['daemon']['fields'];

/** Lines of text that belong to one daemon. */
const linesPerDaemon = 2;

/** Turns sync daemons into records and back. */
export class DaemonRecords {
  readonly size: number;
  readonly #at: Offsets<Field>;
  readonly #deviceSize: number;

  constructor(layouts: NativeLayouts) {
    this.size = layouts.daemon.size;
    this.#at = offsetsOf(layouts.daemon);
    this.#deviceSize = layouts.daemon.fields.device.length;
  }

  /** Writes what names the daemon. */
  writeRole(request: RequestBuffer, offset: number, role: SyncRole): void {
    request.view.setUint16(offset + this.#at.role, syncRoles[role], littleEndian);
  }

  /** Writes a whole daemon; 0 stands for the kernel's choice. */
  write(request: RequestBuffer, offset: number, daemon: SyncDaemonSpec): void {
    this.writeRole(request, offset, daemon.role);
    const { view, bytes } = request;
    const at = this.#at;
    const device = Buffer.from(daemon.interface).toString('latin1');
    writeText(bytes, offset + at.device, device, this.#deviceSize);
    view.setUint32(offset + at.syncId, daemon.syncId ?? 0, littleEndian);
    view.setUint16(offset + at.maxLength, daemon.maxLength ?? 0, littleEndian);
    view.setUint16(offset + at.port, daemon.port ?? 0, littleEndian);
    bytes[offset + at.ttl] = daemon.ttl ?? 0;
    if (daemon.group !== undefined) {
      view.setUint16(offset + at.groupFamily, numberOfFamily(familyOf(daemon.group)), littleEndian);
      writeAddress(daemon.group, bytes, offset + at.group);
    }
  }

  /** The daemon of record `index`; `lines` are all the lines of its batch. */
  read(view: DataView, index: number, lines: readonly string[]): SyncDaemon {
    const at = this.#at;
    const offset = index * this.size;
    const line = index * linesPerDaemon;
    const daemon: Mutable<SyncDaemon> = {
      role:
        view.getUint16(offset + at.role, littleEndian) === syncRoles.backup ? 'backup' : 'master',
      // A name is bytes to the kernel, and UTF-8 to everyone else.
      interface: Buffer.from(lines[line] as string, 'latin1').toString(),
      syncId: view.getUint32(offset + at.syncId, littleEndian),
    };
    const maxLength = view.getUint16(offset + at.maxLength, littleEndian);
    if (maxLength !== 0) daemon.maxLength = maxLength;
    if (view.getUint16(offset + at.groupFamily, littleEndian) !== 0) {
      daemon.group = lines[line + 1] as string;
    }
    const port = view.getUint16(offset + at.port, littleEndian);
    if (port !== 0) daemon.port = port;
    const ttl = view.getUint8(offset + at.ttl);
    if (ttl !== 0) daemon.ttl = ttl;
    return daemon;
  }
}

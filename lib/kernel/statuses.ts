import type { Transport } from '../../types/config.js';
import type { NativeAddon, NativeSource } from '../../types/native.js';
import type { Failure } from './errors.js';

/** Reads the statuses of the addon. */
export class Statuses {
  /** Over which way the requests go, where that is known. */
  transport: Transport | undefined;
  readonly #sources: ReadonlyMap<number, NativeSource>;

  constructor(sources: NativeAddon['sources'], transport?: Transport) {
    this.transport = transport;
    this.#sources = new Map(
      Object.entries(sources).map(([name, number]) => [number, name as NativeSource]),
    );
  }

  /** How a request failed; `status` is not 0. */
  read(status: number, message: string | undefined): Failure {
    const source = this.#sources.get(status >>> 16);
    if (source === undefined)
      throw new Error(`the addon gave a status of no known source: ${status}`);
    return { errno: status & 0xffff, source, message, transport: this.transport };
  }
}

import type { NativeLayouts } from '../../../types/native.js';
import type { Stats } from '../../../types/stats.js';
import { littleEndian, type Offsets, offsetsOf } from './layout.js';

type Field = keyof NativeLayouts['stats']['fields'];

/** Reads counters and rates. */
export class StatsRecords {
  readonly #at: Offsets<Field>;

  constructor(layouts: NativeLayouts) {
    this.#at = offsetsOf(layouts.stats);
  }

  read(view: DataView, offset: number): Stats {
    const at = this.#at;
    return {
      connections: view.getBigUint64(offset + at.connections, littleEndian),
      packetsIn: view.getBigUint64(offset + at.packetsIn, littleEndian),
      packetsOut: view.getBigUint64(offset + at.packetsOut, littleEndian),
      bytesIn: view.getBigUint64(offset + at.bytesIn, littleEndian),
      bytesOut: view.getBigUint64(offset + at.bytesOut, littleEndian),
      rates: {
        connections: view.getFloat64(offset + at.connectionRate, littleEndian),
        packetsIn: view.getFloat64(offset + at.packetInRate, littleEndian),
        packetsOut: view.getFloat64(offset + at.packetOutRate, littleEndian),
        bytesIn: view.getFloat64(offset + at.byteInRate, littleEndian),
        bytesOut: view.getFloat64(offset + at.byteOutRate, littleEndian),
      },
    };
  }
}

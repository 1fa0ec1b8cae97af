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
    // Every `bigint` takes memory but those of the program itself, and much of a table may be in reserve.
    let connections = 0n;
    let packetsIn = 0n;
    let packetsOut = 0n;
    let bytesIn = 0n;
    let bytesOut = 0n;
    if (!this.#isUnused(view, offset)) {
      connections = view.getBigUint64(offset + at.connections, littleEndian);
      packetsIn = view.getBigUint64(offset + at.packetsIn, littleEndian);
      packetsOut = view.getBigUint64(offset + at.packetsOut, littleEndian);
      bytesIn = view.getBigUint64(offset + at.bytesIn, littleEndian);
      bytesOut = view.getBigUint64(offset + at.bytesOut, littleEndian);
    }
    return {
      connections,
      packetsIn,
      packetsOut,
      bytesIn,
      bytesOut,
      rates: {
        connections: view.getFloat64(offset + at.connectionRate, littleEndian),
        packetsIn: view.getFloat64(offset + at.packetInRate, littleEndian),
        packetsOut: view.getFloat64(offset + at.packetOutRate, littleEndian),
        bytesIn: view.getFloat64(offset + at.byteInRate, littleEndian),
        bytesOut: view.getFloat64(offset + at.byteOutRate, littleEndian),
      },
    };
  }

  /** Whether all counters are 0. Most that are not differ in the first. */
  #isUnused(view: DataView, offset: number): boolean {
    const at = this.#at;
    return (
      isZero(view, offset + at.connections) &&
      isZero(view, offset + at.packetsIn) &&
      isZero(view, offset + at.packetsOut) &&
      isZero(view, offset + at.bytesIn) &&
      isZero(view, offset + at.bytesOut)
    );
  }
}

function isZero(view: DataView, offset: number): boolean {
  return (view.getUint32(offset) | view.getUint32(offset + 4)) === 0;
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NativeBatch } from '../../types/native.js';

/** One part of a table, ready to be decoded. */
export interface TablePart {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly lines: readonly string[];
}

/** Longest time the event loop is kept from other work while a table is decoded, in milliseconds. */
const slice = 4;

/** The parts of a table. Gives the event loop its turn between them, so that a large table holds nothing up. */
export async function* readParts(batch: NativeBatch): AsyncGenerator<TablePart, void, undefined> {
  let started = performance.now();
  for (let part: NativeBatch | undefined = batch; part !== undefined; part = part.rest?.()) {
    if (performance.now() - started > slice) {
      await nextTurn();
      started = performance.now();
    }
    yield open(part);
  }
}

/** The first part, which is all there is of a table that cannot be large. */
export function open(batch: NativeBatch): TablePart {
  const bytes = batch.records;
  return {
    count: batch.count,
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    lines: batch.text.split('\n'),
  };
}

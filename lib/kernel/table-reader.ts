import type { NativeBatch } from '../../types/native.js';
import { Slices } from './slices.js';

/** One part of a table, ready to be decoded. */
export interface TablePart {
  readonly count: number;
  /** Of a snapshot: these are destinations, not services. */
  readonly destinations: boolean;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly lines: readonly string[];
}

/** The parts of a table. Gives the event loop its turn between them, so that a large table holds nothing up. */
export async function* readParts(batch: NativeBatch): AsyncGenerator<TablePart, void, undefined> {
  const slices = new Slices();
  for (let part: NativeBatch | undefined = batch; part !== undefined; part = part.rest?.()) {
    await slices.cut();
    yield open(part);
  }
}

/** The first part, which is all there is of a table that cannot be large. */
export function open(batch: NativeBatch): TablePart {
  const bytes = batch.records;
  return {
    count: batch.count,
    destinations: batch.destinations === true,
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    lines: batch.text.split('\n'),
  };
}

export async function allParts(batch: NativeBatch): Promise<TablePart[]> {
  const parts: TablePart[] = [];
  for await (const part of readParts(batch)) parts.push(part);
  return parts;
}

/** Makes objects of the records of one kind. */
export interface Reader<Value> {
  /** Bytes of a record. */
  readonly size: number;
  read(view: DataView, index: number, lines: readonly string[]): Value;
}

/** Everything in a table. */
export async function readAll<Value>(
  batch: NativeBatch,
  reader: Reader<Value>,
  signal: AbortSignal | undefined,
): Promise<Value[]> {
  const rows: Value[] = [];
  for await (const part of readParts(batch)) {
    signal?.throwIfAborted();
    for (let index = 0; index < part.count; index += 1) {
      rows.push(reader.read(part.view, index, part.lines));
    }
  }
  return rows;
}

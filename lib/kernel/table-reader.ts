import type { NativeBatch } from '../../types/native.js';
import { loadNative } from './native.js';
import { Slices } from './slices.js';

/** Bytes from which on the addon has the memory of records itself, and uses it again. */
const leastReleased = 32 * 1024;

/** One part of a table, ready to be decoded. */
export class TablePart {
  readonly count: number;
  /** Of a snapshot: these are destinations, not services. */
  readonly destinations: boolean;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The records as words of 32 bits. */
  readonly words: Uint32Array;
  #text: string;
  #lines: readonly string[] | undefined;

  constructor(batch: NativeBatch) {
    const bytes = batch.records;
    this.count = batch.count;
    this.destinations = batch.destinations === true;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    this.#text = batch.text;
  }

  /** Made when they are first wanted: most of a table that is only compared is never put into words. */
  get lines(): readonly string[] {
    if (this.#lines === undefined) {
      this.#lines = this.#text.split('\n');
      this.#text = '';
    }
    return this.#lines;
  }

  /** Lets go of the records, from which nothing must be read any more, also where somebody still has the part. */
  release(): void {
    if (this.bytes.byteLength >= leastReleased) loadNative().release(this.bytes);
  }
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
  return new TablePart(batch);
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
export function readAll<Value>(
  batch: NativeBatch,
  reader: Reader<Value>,
  signal: AbortSignal | undefined,
): Promise<Value[]> {
  const make = ({ view, lines }: TablePart, index: number) => reader.read(view, index, lines);
  return mapRecords(batch, make, signal, (part) => part.release());
}

/** What is made of every record of a table, and may read it later unless the part is `taken` then. */
export async function mapRecords<Value>(
  batch: NativeBatch,
  make: (part: TablePart, index: number) => Value,
  signal: AbortSignal | undefined,
  taken?: (part: TablePart) => void,
): Promise<Value[]> {
  const values: Value[] = [];
  for await (const part of readParts(batch)) {
    signal?.throwIfAborted();
    for (let index = 0; index < part.count; index += 1) values.push(make(part, index));
    taken?.(part);
  }
  return values;
}

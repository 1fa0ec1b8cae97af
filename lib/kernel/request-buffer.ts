/** Where records are written. */
export interface RecordTarget {
  readonly bytes: Uint8Array;
  /** The same bytes. */
  readonly view: DataView;
  /** The same bytes: all records, and what fields of theirs are written in words, begin at one. */
  readonly words: Uint32Array;
}

/** Request records, one behind the other, as they travel together; it grows as needed. */
export class RequestBuffer implements RecordTarget {
  readonly #size: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #words: Uint32Array;
  #count = 0;

  /** `size` is that of one record, in bytes; there is room for `capacity` of them at first. */
  constructor(size: number, capacity = 16) {
    this.#size = size;
    this.#bytes = new Uint8Array(size * capacity);
    this.#view = new DataView(this.#bytes.buffer);
    this.#words = new Uint32Array(this.#bytes.buffer);
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get view(): DataView {
    return this.#view;
  }

  get words(): Uint32Array {
    return this.#words;
  }

  /** Where a record begins. */
  offsetOf(index: number): number {
    return index * this.#size;
  }

  /** Adds an empty record and returns where it begins. */
  add(): number {
    const offset = this.#count * this.#size;
    if (offset === this.#bytes.length) {
      const larger = new Uint8Array(offset * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
      this.#words = new Uint32Array(larger.buffer);
    }
    this.#count += 1;
    return offset;
  }

  /** Takes the last record back. */
  drop(): void {
    this.#count -= 1;
    const offset = this.#count * this.#size;
    this.#bytes.fill(0, offset, offset + this.#size);
  }

  /** Empties all records at once: one by one takes longer. */
  clear(): void {
    this.#bytes.fill(0, 0, this.#count * this.#size);
    this.#count = 0;
  }
}

/** Buffers that are free are kept that many at most. */
const mostKept = 2;

/** Buffers for requests of one size; those that are free again are used again. */
export class RequestBuffers {
  readonly #size: number;
  readonly #free: RequestBuffer[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** An empty one. */
  take(): RequestBuffer {
    return this.#free.pop() ?? new RequestBuffer(this.#size);
  }

  /** Its requests are not wanted any more. */
  give(buffer: RequestBuffer): void {
    if (this.#free.length === mostKept) return;
    buffer.clear();
    this.#free.push(buffer);
  }
}

/** Request records, one behind the other, as they travel together; it grows as needed. */
export class RequestBuffer {
  readonly #size: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #count = 0;

  /** `size` is that of one record, in bytes. */
  constructor(size: number) {
    this.#size = size;
    this.#bytes = new Uint8Array(size * 16);
    this.#view = new DataView(this.#bytes.buffer);
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

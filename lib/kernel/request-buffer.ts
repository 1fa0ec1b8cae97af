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

  /** Adds an empty record and returns where it begins. */
  add(): number {
    const offset = this.#count * this.#size;
    if (offset === this.#bytes.length) {
      const larger = new Uint8Array(offset * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#bytes.fill(0, offset, offset + this.#size);
    this.#count += 1;
    return offset;
  }

  /** Takes the last record back. */
  drop(): void {
    this.#count -= 1;
  }

  clear(): void {
    this.#count = 0;
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NativeBatch } from '../../types/native.js';
import { open, type Reader, type TablePart } from './table-reader.js';

/** Where the parts of a listing come from. */
export interface PartSource<Value> {
  /** Reads the next part, which says when it is the last. */
  next(): Promise<NativeBatch>;
  /** Ends the reading, also one that has ended. */
  close(): void;
  readonly reader: Reader<Value>;
}

const nothing = open({ status: 0, count: 0, records: new Uint8Array(), text: '' });

/**
 * What comes in parts, one by one. It is what an async generator would be, in half the time. Each part is read while the
 * one before is looked at, and none further ahead.
 */
export class Listing<Value> implements AsyncGenerator<Value, void, undefined> {
  readonly #source: PartSource<Value>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #part = nothing;
  #index = 0;
  #ahead: Promise<NativeBatch> | undefined;
  #loading: Promise<void> | undefined;
  #started = false;
  #over = false;
  /** Why it is over, where no one has been told yet. */
  #failure: { readonly reason: unknown } | undefined;

  constructor(source: PartSource<Value>, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
    // A signal that outlives the listing does not keep it.
    const self = new WeakRef(this);
    this.#onAbort = () => self.deref()?.abort();
  }

  next(): Promise<IteratorResult<Value, void>> {
    if (this.#index < this.#part.count) {
      const value = this.#source.reader.read(this.#part.view, this.#index, this.#part.lines);
      this.#index += 1;
      return Promise.resolve({ done: false, value });
    }
    if (this.#over) return this.#nextAfterEnd();
    // Whoever asks meanwhile waits for the same part.
    this.#loading ??= this.#load();
    return this.#loading.then(() => this.next());
  }

  return(): Promise<IteratorResult<Value, void>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: unknown): Promise<IteratorResult<Value, void>> {
    this.#end();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  #nextAfterEnd(): Promise<IteratorResult<Value, void>> {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) return Promise.reject(failure.reason);
    return Promise.resolve({ done: true, value: undefined });
  }

  async #load(): Promise<void> {
    try {
      const batch = await this.#nextBatch();
      if (batch === undefined) this.#end();
      if (this.#over || batch === undefined) return;
      this.#turnTo(open(batch));
      this.#ahead = batch.ended === true ? undefined : this.#source.next();
      // Perhaps nobody waits for it.
      this.#ahead?.catch(() => {});
    } catch (reason) {
      if (!this.#over) this.#failure = { reason };
      this.#end();
    } finally {
      this.#loading = undefined;
    }
  }

  /** The part that comes now; nothing after the last. */
  async #nextBatch(): Promise<NativeBatch | undefined> {
    if (!this.#started) {
      this.#started = true;
      this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
      return this.#source.next();
    }
    // The part may be there already, and the one after it soon: others want their turn of the event loop.
    await nextTurn();
    return this.#ahead;
  }

  #turnTo(part: TablePart): void {
    this.#part.release();
    this.#part = part;
    this.#index = 0;
  }

  private abort(): void {
    this.#failure = { reason: this.#signal?.reason };
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#turnTo(nothing);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#source.close();
  }
}

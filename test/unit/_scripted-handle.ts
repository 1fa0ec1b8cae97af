import type {
  NativeAddon,
  NativeBatch,
  NativeDirectLine,
  NativeFailure,
  NativeHandle,
  NativeOutcomes,
  NativeStream,
} from '../../types/native.js';

/** A table without records. */
export const emptyBatch: NativeBatch = { status: 0, count: 0, records: new Uint8Array(), text: '' };

/** What the text of a file crosses as. */
export const textBatch = (text: string): NativeBatch => ({ ...emptyBatch, text });

/** One thing that was asked of the handle. */
export interface Asked {
  readonly kind:
    | 'submitNow'
    | 'readNow'
    | 'submit'
    | 'read'
    | 'next'
    | 'cancel'
    | 'readFile'
    | 'readFolder'
    | 'writeFile';
  /** Commands of the requests, in order; the table that is read; the place of a file. */
  readonly what: readonly number[];
  readonly bytes: Uint8Array;
  /** The name of a file, and what is written to it. */
  readonly texts?: readonly string[];
}

/** The addon holds promises that it has not kept, and what waits for them is not collected. */
const unanswered = new Set<ScriptedHandle>();

/** A handle that answers when and what the test says. */
export class ScriptedHandle implements NativeHandle {
  readonly asked: Asked[] = [];
  readonly #layouts: NativeAddon['layouts'];
  readonly #waiting: ((answer: never) => void)[] = [];
  /** Answers at once that all is well, with empty tables. */
  obliging = false;
  progressed = 0;
  closed = false;
  streamsClosed = 0;
  /** The transports of the direct lines that were opened. */
  readonly lines: number[] = [];
  /** What direct lines answer, in order; after the last, that all is well, and empty tables. */
  readonly answers: (NativeOutcomes | NativeBatch | NativeFailure | undefined)[] = [];

  constructor(layouts: NativeAddon['layouts']) {
    this.#layouts = layouts;
  }

  #noteSubmission(kind: 'submit' | 'submitNow', requests: Uint8Array, count: number): void {
    const { size, fields } = this.#layouts.request;
    const bytes = requests.slice(0, count * size);
    const view = new DataView(bytes.buffer);
    const what = Array.from({ length: count }, (_, index) =>
      view.getUint32(index * size + fields.command.offset, true),
    );
    this.asked.push({ kind, what, bytes });
  }

  submit(requests: Uint8Array, count: number): Promise<NativeOutcomes | undefined> {
    this.#noteSubmission('submit', requests, count);
    if (this.obliging) return Promise.resolve(undefined);
    return this.#wait();
  }

  read(table: number, request: Uint8Array): Promise<NativeBatch> {
    this.asked.push({ kind: 'read', what: [table], bytes: request.slice() });
    if (this.obliging) return Promise.resolve(emptyBatch);
    return this.#wait();
  }

  readFile(place: number, name: string): Promise<NativeBatch> {
    return this.#askFile({ kind: 'readFile', what: [place], texts: [name] });
  }

  readFolder(place: number): Promise<NativeBatch> {
    return this.#askFile({ kind: 'readFolder', what: [place] });
  }

  writeFile(place: number, name: string, value: string): Promise<NativeBatch> {
    return this.#askFile({ kind: 'writeFile', what: [place], texts: [name, value] });
  }

  #wait<Answer>(): Promise<Answer> {
    unanswered.add(this);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #askFile(asked: Omit<Asked, 'bytes'>): Promise<NativeBatch> {
    this.asked.push({ ...asked, bytes: new Uint8Array() });
    if (this.obliging) return Promise.resolve(emptyBatch);
    return this.#wait();
  }

  connections(_path: string, filter: Uint8Array): NativeStream {
    return {
      next: () => {
        this.asked.push({ kind: 'next', what: [], bytes: filter });
        if (this.obliging) return Promise.resolve({ ...emptyBatch, ended: true });
        return this.#wait();
      },
      close: () => {
        this.streamsClosed += 1;
      },
    };
  }

  directLine(transport: number): NativeDirectLine {
    this.lines.push(transport);
    return {
      submit: (requests, count) => {
        this.#noteSubmission('submitNow', requests, count);
        return this.answers.shift() as NativeOutcomes | undefined;
      },
      read: (table, request) => {
        this.asked.push({ kind: 'readNow', what: [table], bytes: request.slice() });
        return (this.answers.shift() ?? emptyBatch) as NativeBatch | NativeFailure;
      },
    };
  }

  cancel(ticket: number, index: number): boolean {
    this.asked.push({ kind: 'cancel', what: [ticket, index], bytes: new Uint8Array() });
    return true;
  }

  progress(): number {
    return this.progressed;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** Answers the oldest of what is waiting. */
  answer(answer?: NativeOutcomes | NativeBatch | { status: number; message: string }): void {
    const resolve = this.#waiting.shift();
    if (this.#waiting.length === 0) unanswered.delete(this);
    if (resolve === undefined) throw new Error('nothing waits for an answer');
    resolve(answer as never);
  }
}

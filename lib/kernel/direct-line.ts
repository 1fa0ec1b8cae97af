import type {
  NativeAddon,
  NativeBatch,
  NativeDirectLine,
  NativeHandle,
} from '../../types/native.js';
import { codeOf, type Subject } from './call.js';
import type { Rows } from './change-group.js';
import { isTraced, traceRequest } from './diagnostics.js';
import { codeOfFailure, type Failure } from './errors.js';
import type { ChangeRequest, ReadRequest, WriteRequest } from './request.js';
import { RequestBuffer } from './request-buffer.js';
import type { Session } from './session.js';
import type { Statuses } from './statuses.js';
import { open, type Reader, type TablePart } from './table-reader.js';

/** What a direct line needs of the addon. */
export interface DirectLineParts {
  readonly handle: NativeHandle;
  readonly tables: NativeAddon['tables'];
  readonly transports: NativeAddon['transports'];
  readonly statuses: Statuses;
}

/** What is needed of a session. */
export type LineSession = Pick<Session, 'records' | 'error' | 'transport'>;

/**
 * Carries calls to the kernel on the thread that makes them, and comes back when they are done. It waits for none of those
 * in the queue.
 */
export class DirectLine {
  readonly #session: LineSession;
  readonly #parts: DirectLineParts;
  readonly #buffer: RequestBuffer;
  #native: NativeDirectLine | undefined;

  constructor(session: LineSession, parts: DirectLineParts) {
    this.#session = session;
    this.#parts = parts;
    this.#buffer = new RequestBuffer(session.records.requestSize);
  }

  /** Sends a request that has no answer but that it was done. */
  write(request: WriteRequest): void {
    this.#trace(request.subject, () => this.#write(request));
  }

  /** Reads a table. */
  read(request: ReadRequest): NativeBatch {
    return this.#trace(request.subject, () => this.#read(request));
  }

  /** Reads a table, or says how that failed, so that the caller can tell which failures matter. */
  tryRead(request: ReadRequest): NativeBatch | Failure {
    return this.#trace(request.subject, () => this.#ask(request));
  }

  /** Reads what is there, and writes what the change makes of it. */
  change<Value extends { readonly id: string }>(request: ChangeRequest<Value>): void {
    this.#trace(request.subject, () => this.#change(request));
  }

  #write(request: WriteRequest): void {
    const buffer = this.#buffer;
    buffer.clear();
    const offset = buffer.add();
    this.#session.records.writeCommand(buffer, offset, request.command);
    request.fill(buffer, offset);
    const outcomes = this.#line().submit(buffer.bytes, buffer.count);
    if (outcomes === undefined) return;
    const failure = this.#parts.statuses.read(outcomes.statuses[0] ?? 0, outcomes.messages[0]);
    throw this.#session.error(request.subject, failure);
  }

  #read(request: ReadRequest): NativeBatch {
    const answer = this.#ask(request);
    if ('errno' in answer) throw this.#session.error(request.subject, answer);
    return answer;
  }

  #change<Value extends { readonly id: string }>({
    subject,
    change,
    id,
    reader,
  }: ChangeRequest<Value>): void {
    const { table, fill: sourceFill } = change.source;
    const batch = this.#read({ subject, table, fill: sourceFill });
    const fill = change.merge(rowsWith(id, batch, reader));
    if (fill !== undefined) this.#write({ subject, command: change.command, fill });
  }

  #ask({ table, fill }: ReadRequest): NativeBatch | Failure {
    const { tables, statuses } = this.#parts;
    const buffer = this.#buffer;
    buffer.clear();
    const offset = buffer.add();
    fill?.(buffer, offset);
    const answer = this.#line().read(tables[table], buffer.bytes);
    return 'message' in answer ? statuses.read(answer.status, answer.message) : answer;
  }

  /** Opened when first needed, on the way that the handle has found. */
  #line(): NativeDirectLine {
    const { handle, transports } = this.#parts;
    this.#native ??= handle.directLine(transports[this.#session.transport]);
    return this.#native;
  }

  #trace<Result>(subject: Subject, call: () => Result): Result {
    if (!isTraced()) return call();
    const { operation, target } = subject;
    const started = performance.now();
    let code: string | undefined;
    try {
      const result = call();
      if (isFailure(result)) code = codeOfFailure(result);
      return result;
    } catch (error) {
      code = codeOf(error);
      throw error;
    } finally {
      traceRequest({ operation, target, code, durationMs: performance.now() - started });
    }
  }
}

function isFailure(result: unknown): result is Failure {
  return typeof result === 'object' && result !== null && 'errno' in result;
}

/** The row of one object, where it is there; those after it are not looked at. */
function rowsWith<Value extends { readonly id: string }>(
  id: string,
  batch: NativeBatch,
  reader: Reader<Value>,
): Rows<Value> {
  for (const { count, bytes, view, lines } of partsOf(batch)) {
    for (let index = 0; index < count; index += 1) {
      const value = reader.read(view, index, lines);
      if (value.id !== id) continue;
      const start = index * reader.size;
      return new Map([[id, { value, record: bytes.subarray(start, start + reader.size) }]]);
    }
  }
  return new Map();
}

/** The parts of a table, one straight after the other. */
export function* partsOf(batch: NativeBatch): Generator<TablePart, void, undefined> {
  for (let part: NativeBatch | undefined = batch; part !== undefined; part = part.rest?.()) {
    yield open(part);
  }
}

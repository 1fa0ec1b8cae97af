import type { NativeCommand, NativeTable } from '../../types/native.js';
import type { Subject } from './call.js';
import type { Change } from './change-group.js';
import type { Fill } from './queue.js';
import type { RequestBuffer } from './request-buffer.js';
import type { Session } from './session.js';
import type { Reader } from './table-reader.js';

// What a call asks of the kernel, checked and complete, before it is known which way it goes there: promised, over the
// queue, or at once, over the direct line.

/** What is needed of a session to make requests. */
export type RequestSession = Pick<Session, 'records' | 'isLimited' | 'heedLimits' | 'error'>;

/** Something to be done, which has no answer but that it was. */
export interface WriteRequest {
  readonly subject: Subject;
  readonly command: NativeCommand;
  /** Fills the request that begins at `offset`. */
  fill(request: RequestBuffer, offset: number): void;
  /** Where what asks for requests uses this one again for the next: the same, to be filled later. */
  kept?(): WriteRequest;
}

/** Why requests failed that were sent together, by their places. */
export type Failures = ReadonlyMap<number, unknown>;

/** A table to be read. */
export interface ReadRequest {
  readonly subject: Subject;
  readonly table: NativeTable;
  readonly fill: Fill | undefined;
}

/** An object to be read, and to be written as it is to be then. */
export interface ChangeRequest<Value extends { readonly id: string }> {
  readonly subject: Subject;
  readonly change: Omit<Change<Value>, 'call'>;
  /** Of the object, among those that are read. */
  readonly id: string;
  /** Of the records that are read. */
  readonly reader: Reader<Value>;
}

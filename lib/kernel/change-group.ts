import type { NativeBatch, NativeCommand, NativeTable } from '../../types/native.js';
import type { Call } from './call.js';
import type { Fill } from './queue.js';

/** An object as it was read before a change to it is written: in words, and its record. */
export interface Row<Value> {
  readonly value: Value;
  readonly record: Uint8Array;
}

/** Rows by the id of the object. */
export type Rows<Value> = ReadonlyMap<string, Row<Value>>;

/** A change to one object: what to read, and what to write then. */
export interface Change<Value> {
  readonly call: Call<void>;
  readonly command: NativeCommand;
  /** Which object is changed. */
  readonly target: string;
  readonly source: {
    /** Sources with one key are read once. */
    readonly key: string;
    readonly table: NativeTable;
    readonly fill: Fill;
    readonly rows: (batch: NativeBatch) => Promise<Rows<Value>>;
  };
  /** Throws when the object is not there, or the change does not fit it; `undefined` when there is nothing to write. */
  readonly merge: (rows: Rows<Value>) => Fill | undefined;
}

/** A change of whatever kind; what its source reads is what its merge takes. */
export type AnyChange = Change<unknown>;

/** Changes that are read together and then written together: each to another object, so that none needs to see another. */
export class ChangeGroup {
  readonly changes: AnyChange[];
  readonly #targets: Set<string>;
  #open = true;

  constructor(first: AnyChange) {
    this.changes = [first];
    this.#targets = new Set([first.target]);
  }

  /** False when the change has to wait for the group's end; then none after it can join either. */
  tryAdd(change: AnyChange): boolean {
    if (!this.#open || this.#targets.has(change.target)) {
      this.#open = false;
      return false;
    }
    this.changes.push(change);
    this.#targets.add(change.target);
    return true;
  }

  /** Nothing can join any more. */
  seal(): void {
    this.#open = false;
  }
}

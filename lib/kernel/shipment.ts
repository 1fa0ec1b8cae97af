import type { NativeCommand, NativeHandle, NativeOutcomes } from '../../types/native.js';
import type { Call, Place } from './call.js';
import type { Fill } from './queue.js';
import type { Records } from './records/records.js';
import type { RequestBuffer } from './request-buffer.js';

/** Requests that leave together, and the calls that wait for them. */
export class Shipment implements Place {
  readonly calls: Call<void>[] = [];
  readonly #handle: NativeHandle;
  readonly #records: Records;
  /** Holds the requests until they leave. */
  #buffer: RequestBuffer | undefined;
  #ticket = 0;

  /** The buffer is empty, and free again when the shipment has left. */
  constructor(handle: NativeHandle, records: Records, buffer: RequestBuffer) {
    this.#handle = handle;
    this.#records = records;
    this.#buffer = buffer;
  }

  /** Adds a request; the call fails when it cannot be written. */
  add(call: Call<void>, command: NativeCommand, fill: Fill): void {
    const buffer = this.#buffer as RequestBuffer;
    const offset = buffer.add();
    try {
      this.#records.writeCommand(buffer, offset, command);
      fill(buffer, offset);
    } catch (error) {
      buffer.drop();
      call.fail(error);
      return;
    }
    call.waitAt(this, this.calls.length);
    this.calls.push(call);
  }

  send(ticket: number): Promise<NativeOutcomes | undefined> {
    const buffer = this.#buffer as RequestBuffer;
    this.#buffer = undefined;
    this.#ticket = ticket;
    const answered = this.#handle.submit(buffer.bytes, buffer.count, ticket);
    buffer.clear();
    return answered;
  }

  withdraw(index: number): void {
    const buffer = this.#buffer;
    if (buffer === undefined) this.#handle.cancel(this.#ticket, index);
    else this.#records.writeCommand(buffer, buffer.offsetOf(index), 'withdrawn');
  }
}

import type { NativeHandle, NativeOutcomes } from '../../types/native.js';
import { Call, codeOf, type Place, type Subject } from './call.js';
import { isTraced, traceRequest } from './diagnostics.js';
import type { OpenCall, OpenCalls } from './open-calls.js';
import type { Records } from './records/records.js';
import type { Failures, WriteRequest } from './request.js';
import type { RequestBuffer, RequestBuffers } from './request-buffer.js';

/** What shipments of one queue share. */
export interface ShipmentParts {
  readonly handle: NativeHandle;
  readonly records: Records;
  readonly buffers: RequestBuffers;
  readonly openCalls: OpenCalls;
  /** Puts into words what the addon refused a request with. */
  refusal(subject: Subject, status: number, message: string | undefined): Error;
}

/** Why a request failed; nothing where it did not. */
type ReasonOf = (subject: Subject, index: number) => unknown;

/** What waits for the answer to a request, or what that was about. */
type Entry = Call<void> | Subject;

/**
 * Requests that leave together, and what waits for them: a call of its own where something may happen to one of them
 * alone; most have only a place in the shipment, which answers them all in the order in which they joined. That
 * takes a quarter of the memory of a call, of which a program can make ten thousand in one turn.
 */
export class Shipment implements Place, OpenCall {
  before: OpenCall | undefined;
  after: OpenCall | undefined;
  readonly #parts: ShipmentParts;
  readonly #entries: Entry[] = [];
  /** Holds the requests, from the first of them on until they leave. */
  #buffer: RequestBuffer | undefined;
  #ticket = 0;
  /** Fulfilled when there is an answer to those that joined; there from the first of them on. */
  #answered: Promise<void> | undefined;
  #answer!: () => void;
  #isAnswered = false;
  #reasonOf: ReasonOf | undefined;
  /** Entries that have taken their answers. */
  #taken = 0;

  constructor(parts: ShipmentParts) {
    this.#parts = parts;
  }

  /** How many requests there are. */
  get count(): number {
    return this.#entries.length;
  }

  /** What the first request is about. */
  get first(): Subject | undefined {
    const [first] = this.#entries;
    return first && subjectOf(first);
  }

  /** Whether nobody waits for an answer any more. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Adds the request of a call, which fails when it cannot be written. */
  add(call: Call<void>, request: WriteRequest): void {
    try {
      this.append(request, call);
    } catch (error) {
      call.fail(error);
      return;
    }
    call.waitAt(this, this.#entries.length - 1);
  }

  /** Adds a request that nobody can withdraw, and answers it. Throws when it cannot be written. */
  join(request: WriteRequest): Promise<void> {
    this.append(request);
    return this.#answers().then(this.#take);
  }

  /** Adds a request that {@link answer} is of, too. Throws when it cannot be written. */
  append(request: WriteRequest, entry: Entry = request.subject): void {
    this.#buffer ??= this.#parts.buffers.take();
    const buffer = this.#buffer;
    const offset = buffer.add();
    try {
      this.#parts.records.writeCommand(buffer, offset, request.command);
      request.fill(buffer, offset);
    } catch (error) {
      buffer.drop();
      throw error;
    }
    this.#entries.push(entry);
  }

  /** One answer for all requests: why some failed, by their places; nothing where none did. */
  answer(): Promise<Failures | undefined> {
    const started = isTraced() ? performance.now() : undefined;
    return this.#answers().then(() => {
      if (started !== undefined) this.#trace(performance.now() - started);
      return this.#failures();
    });
  }

  /** Its requests are forgotten, and never leave. */
  abandon(): void {
    if (this.#buffer !== undefined) this.#parts.buffers.give(this.#buffer);
    this.#buffer = undefined;
  }

  /** Hands its requests to the addon, which copies them. */
  send(ticket: number): void {
    const buffer = this.#buffer as RequestBuffer;
    this.#ticket = ticket;
    this.#parts.handle.submit(buffer.bytes, buffer.count, ticket).then(
      (outcomes) => this.#settle(outcomes),
      (error: unknown) => this.#conclude(() => error),
    );
    this.abandon();
  }

  withdraw(index: number): void {
    const buffer = this.#buffer;
    if (buffer === undefined) this.#parts.handle.cancel(this.#ticket, index);
    else this.#parts.records.writeCommand(buffer, buffer.offsetOf(index), 'withdrawn');
  }

  /** Of those that joined; calls are told themselves. */
  end(errorOf: (subject: Subject) => Error): void {
    this.#answerWith(errorOf);
  }

  #answers(): Promise<void> {
    this.#answered ??= this.#open();
    return this.#answered;
  }

  #open(): Promise<void> {
    this.#parts.openCalls.add(this);
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  #settle(outcomes: NativeOutcomes | undefined): void {
    if (outcomes === undefined) {
      this.#conclude(undefined);
      return;
    }
    const { statuses, messages } = outcomes;
    this.#conclude((subject, index) => {
      const status = statuses[index] ?? 0;
      if (status === 0) return undefined;
      return this.#parts.refusal(subject, status, messages[index]);
    });
  }

  /** Fails those for which there is a reason; all others succeed. */
  #conclude(reasonOf: ReasonOf | undefined): void {
    const entries = this.#entries;
    for (let index = 0; index < entries.length; index += 1) {
      const entry = entries[index];
      if (!(entry instanceof Call)) continue;
      const reason = reasonOf?.(entry.subject, index);
      if (reason === undefined) entry.succeed();
      else entry.fail(reason);
    }
    this.#answerWith(reasonOf);
  }

  #answerWith(reasonOf: ReasonOf | undefined): void {
    if (this.#answered === undefined || this.#isAnswered) return;
    this.#isAnswered = true;
    this.#reasonOf = reasonOf;
    this.#parts.openCalls.remove(this);
    this.#answer();
  }

  #trace(durationMs: number): void {
    this.#entries.forEach((entry, index) => {
      const subject = subjectOf(entry);
      const reason = this.#reasonOf?.(subject, index);
      const code = reason === undefined ? undefined : codeOf(reason);
      traceRequest({ operation: subject.operation, target: subject.target, code, durationMs });
    });
  }

  #failures(): Failures | undefined {
    const reasonOf = this.#reasonOf;
    if (reasonOf === undefined) return undefined;
    const failures = new Map<number, unknown>();
    this.#entries.forEach((entry, index) => {
      const reason = reasonOf(subjectOf(entry), index);
      if (reason !== undefined) failures.set(index, reason);
    });
    return failures;
  }

  /** Reactions to one promise come in the order in which they were asked for, so the next is that of the next entry. */
  readonly #take = (): void => {
    const reasonOf = this.#reasonOf;
    if (reasonOf === undefined) return;
    const entries = this.#entries;
    while (entries[this.#taken] instanceof Call) this.#taken += 1;
    const index = this.#taken;
    this.#taken += 1;
    const reason = reasonOf(entries[index] as Subject, index);
    if (reason !== undefined) throw reason;
  };
}

function subjectOf(entry: Entry): Subject {
  return entry instanceof Call ? entry.subject : entry;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type {
  NativeBatch,
  NativeFailure,
  NativeHandle,
  NativeStream,
  NativeTable,
} from '../../types/native.js';
import { Call, type Place, type Subject } from './call.js';
import { type AnyChange, type Change, ChangeGroup, type Rows } from './change-group.js';
import { isTraced } from './diagnostics.js';
import { closedError, codeOfFailure, type Failure, failureError, overdueError } from './errors.js';
import { OpenCalls } from './open-calls.js';
import { OverdueWatch } from './overdue.js';
import type { Records } from './records/records.js';
import type { Failures, WriteRequest } from './request.js';
import { RequestBuffer, RequestBuffers } from './request-buffer.js';
import { Shipment, type ShipmentParts } from './shipment.js';
import type { Statuses } from './statuses.js';

/** Fills the request that begins at `offset`. */
export type Fill = (request: RequestBuffer, offset: number) => void;

/** What a queue needs of the addon. */
export interface QueueParts {
  readonly handle: NativeHandle;
  readonly tables: Readonly<Record<NativeTable, number>>;
  readonly records: Records;
  readonly statuses: Statuses;
  /** Milliseconds a request may wait for its answer. */
  readonly timeout: number;
}

/** Requests that leave together at most; what is left of the turn comes with those that follow. */
export const mostPerShipment = 1024;

type AnyRows = Rows<unknown>;
type Entry = { readonly run: () => void } | { readonly change: AnyChange };

/**
 * Carries calls to the addon in the order in which they are made. Requests of one turn of the event loop leave
 * together. A change that must be read before it is written holds up those that come after it, so that it sees what
 * came before and nothing slips between its two halves.
 */
export class RequestQueue {
  readonly #parts: QueueParts;
  readonly #watch: OverdueWatch;
  readonly #openCalls: OpenCalls;
  readonly #shipmentParts: ShipmentParts;
  /** What leaves next. */
  #shipment: Shipment;
  #flushScheduled = false;
  #ticket = 0;
  #group: ChangeGroup | undefined;
  /** What waits behind the group. */
  #line: Entry[] = [];
  #closed = false;

  constructor(parts: QueueParts) {
    this.#parts = parts;
    this.#watch = new OverdueWatch(
      parts.timeout,
      () => parts.handle.progress(),
      () =>
        this.#openCalls.failAll((subject) =>
          overdueError(subject.operation, subject.target, parts.timeout),
        ),
    );
    this.#openCalls = new OpenCalls(
      () => this.#watch.busy(),
      () => this.#watch.idle(),
    );
    this.#shipmentParts = {
      handle: parts.handle,
      records: parts.records,
      buffers: new RequestBuffers(parts.records.requestSize),
      openCalls: this.#openCalls,
      refusal: (subject, status, message) =>
        this.#error(subject, parts.statuses.read(status, message)),
    };
    this.#shipment = this.gather();
  }

  /** Sends a request that has no answer but that it was done. */
  write(request: WriteRequest, signal: AbortSignal | undefined): Promise<void> {
    if (signal === undefined && this.#group === undefined && !this.#closed && !isTraced()) {
      const answer = this.#shipment.join(request);
      this.#sendSoon();
      return answer;
    }
    return this.#writeInTurn(request.kept?.() ?? request, signal);
  }

  /** What requests are gathered in that leave together and are answered together; {@link mostPerShipment} at most. */
  gather(): Shipment {
    return new Shipment(this.#shipmentParts);
  }

  /**
   * Sends what was gathered, in its turn: resolves with why some of it failed, by the places; with nothing where all of it
   * was done.
   */
  async send(gathered: Shipment): Promise<Failures | undefined> {
    const { first } = gathered;
    if (first === undefined) return undefined;
    if (this.#closed) throw closedError(first.operation, first.target);
    const answer = gathered.answer();
    this.#enter({
      run: () => {
        if (gathered.isAnswered) return;
        this.#flush();
        gathered.send(this.#nextTicket());
      },
    });
    return answer;
  }

  /** Reads a table. Resolves with how it failed when the kernel refused, so that the caller can tell which failures matter. */
  read(
    subject: Subject,
    table: NativeTable,
    fill: Fill | undefined,
    signal: AbortSignal | undefined,
  ): Promise<NativeBatch | Failure> {
    return this.#run(subject, signal, (ticket) => this.#read(table, fill, ticket));
  }

  /** Has the thread do something else; `ask` is given the handle and the ticket to do it under. Resolves as {@link read}. */
  ask(
    subject: Subject,
    signal: AbortSignal | undefined,
    ask: (handle: NativeHandle, ticket: number) => Promise<NativeBatch | NativeFailure>,
  ): Promise<NativeBatch | Failure> {
    return this.#run(subject, signal, async (ticket) =>
      this.#receive(ask(this.#parts.handle, ticket)),
    );
  }

  /** Reads a stream on by one part; otherwise as {@link read}. */
  readOn(
    subject: Subject,
    stream: NativeStream,
    signal: AbortSignal | undefined,
  ): Promise<NativeBatch | Failure> {
    return this.#run(subject, signal, (ticket) => this.#receive(stream.next(ticket)));
  }

  /** Reads what is there, and writes what the change makes of it. */
  change<Value>(
    subject: Subject,
    signal: AbortSignal | undefined,
    change: Omit<Change<Value>, 'call'>,
  ): Promise<void> {
    const call = this.#open<void>(subject, signal);
    this.#enter({ change: { ...change, call } as AnyChange });
    return call.promise;
  }

  /** Rejects what is pending and ends the handle; does not wait longer than a request may take for a kernel that holds it. */
  async close(): Promise<void> {
    this.#closed = true;
    // First, so that nothing more is sent while the calls are told.
    const closed = this.#parts.handle.close();
    this.#openCalls.failAll((subject) => closedError(subject.operation, subject.target));
    this.#watch.stop();
    const enough = new AbortController();
    const overdue = sleep(this.#parts.timeout, undefined, { signal: enough.signal, ref: false });
    await Promise.race([closed, overdue]);
    overdue.catch(() => {});
    enough.abort();
  }

  // By itself: what has a closure in it makes room for that each time, and of calls of the other kind there are very many.
  #writeInTurn(request: WriteRequest, signal: AbortSignal | undefined): Promise<void> {
    const call = this.#open<void>(request.subject, signal);
    this.#enter({ run: () => this.#add(call, request) });
    return call.promise;
  }

  #open<Result>(subject: Subject, signal: AbortSignal | undefined): Call<Result> {
    if (this.#closed) throw closedError(subject.operation, subject.target);
    signal?.throwIfAborted();
    return new Call<Result>(subject, signal, this.#openCalls);
  }

  /** Starts something when its turn comes: behind what was asked for before it, and before what comes later. */
  #run(
    subject: Subject,
    signal: AbortSignal | undefined,
    start: (ticket: number) => Promise<NativeBatch | Failure>,
  ): Promise<NativeBatch | Failure> {
    const call = this.#open<NativeBatch | Failure>(subject, signal);
    this.#enter({
      run: () => {
        if (call.settled) return;
        this.#flush();
        const ticket = this.#nextTicket();
        call.waitAt(new Ticket(this.#parts.handle, ticket), 0);
        start(ticket).then(
          (answer) => {
            if ('skipped' in answer) call.skipped = answer.skipped;
            call.succeed(answer, 'errno' in answer ? codeOfFailure(answer) : undefined);
          },
          (error: unknown) => call.fail(error),
        );
      },
    });
    return call.promise;
  }

  #enter(entry: Entry): void {
    const first = this.#line.length === 0;
    if (!this.#tryEnter(entry, first)) this.#line.push(entry);
  }

  /** Starts the entry, or lets it join the group that is being collected; false when it has to wait. */
  #tryEnter(entry: Entry, first: boolean): boolean {
    const group = this.#group;
    if (group === undefined) {
      if ('run' in entry) entry.run();
      else this.#startGroup(entry.change);
      return true;
    }
    if (first && 'change' in entry) return group.tryAdd(entry.change);
    group.seal();
    return false;
  }

  #startGroup(change: AnyChange): void {
    const group = new ChangeGroup(change);
    this.#group = group;
    // The changes that come in the same turn join.
    process.nextTick(() => this.#runGroup(group));
  }

  /** Lets in what has waited, as far as it can go. */
  #drain(): void {
    const line = this.#line;
    let next = 0;
    while (next < line.length && this.#tryEnter(line[next] as Entry, true)) next += 1;
    this.#line = line.slice(next);
  }

  async #runGroup(group: ChangeGroup): Promise<void> {
    group.seal();
    try {
      this.#flush();
      const sources = new Map<string, Promise<AnyRows | Failure>>();
      for (const { source } of group.changes) {
        if (!sources.has(source.key)) sources.set(source.key, this.#readRows(source));
      }
      for (const change of group.changes) {
        await this.#merge(change, sources.get(change.source.key) as Promise<AnyRows | Failure>);
      }
    } finally {
      this.#group = undefined;
      this.#drain();
      this.#flush();
    }
  }

  async #readRows(source: AnyChange['source']): Promise<AnyRows | Failure> {
    const answer = await this.#read(source.table, source.fill, this.#nextTicket());
    return 'errno' in answer ? answer : source.rows(answer);
  }

  async #merge(change: AnyChange, reading: Promise<AnyRows | Failure>): Promise<void> {
    const { call } = change;
    try {
      const rows = await reading;
      if (call.settled) return;
      if ('errno' in rows) {
        call.fail(this.#error(call.subject, rows));
        return;
      }
      const fill = change.merge(rows);
      if (fill === undefined) call.succeed();
      else this.#add(call, { subject: call.subject, command: change.command, fill });
    } catch (error) {
      call.fail(error);
    }
  }

  /** Adds the request of a call to those that leave next. */
  #add(call: Call<void>, request: WriteRequest): void {
    if (call.settled) return;
    this.#shipment.add(call, request);
    this.#sendSoon();
  }

  #sendSoon(): void {
    if (this.#shipment.count >= mostPerShipment) this.#flush();
    else if (!this.#flushScheduled) {
      this.#flushScheduled = true;
      process.nextTick(this.#flush);
    }
  }

  /** Hands what has been collected to the addon. */
  readonly #flush = (): void => {
    this.#flushScheduled = false;
    const shipment = this.#shipment;
    if (shipment.count === 0) return;
    shipment.send(this.#nextTicket());
    this.#shipment = this.gather();
  };

  #error(subject: Subject, failure: Failure): Error {
    const details = { ...subject, timeout: this.#parts.timeout };
    return failureError(subject.operation, subject.target, failure, details);
  }

  #read(
    table: NativeTable,
    fill: Fill | undefined,
    ticket: number,
  ): Promise<NativeBatch | Failure> {
    const { handle, tables, records } = this.#parts;
    const request = new RequestBuffer(records.requestSize, 1);
    fill?.(request, request.add());
    return this.#receive(handle.read(tables[table], request.bytes, ticket));
  }

  async #receive(answer: Promise<NativeBatch | NativeFailure>): Promise<NativeBatch | Failure> {
    const received = await answer;
    if (!isFailure(received)) return received;
    return this.#parts.statuses.read(received.status, received.message);
  }

  #nextTicket(): number {
    this.#ticket = (this.#ticket + 1) >>> 0;
    return this.#ticket;
  }
}

function isFailure(answer: NativeBatch | NativeFailure): answer is NativeFailure {
  return answer.status !== 0;
}

/** A call that the addon has. */
class Ticket implements Place {
  readonly #handle: NativeHandle;
  readonly #number: number;

  constructor(handle: NativeHandle, number: number) {
    this.#handle = handle;
    this.#number = number;
  }

  withdraw(index: number): void {
    this.#handle.cancel(this.#number, index);
  }
}

import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import type { Transport } from '../../types/config.js';
import type {
  NativeAddon,
  NativeBatch,
  NativeHandle,
  NativeStream,
  NativeTable,
} from '../../types/native.js';
import type { Subject } from './call.js';
import { DirectLine } from './direct-line.js';
import { type Failure, failureError, IpvsError, unsupportedError } from './errors.js';
import { loadNative } from './native.js';
import type { CompleteOpenOptions } from './options.js';
import { type Fill, RequestQueue } from './queue.js';
import { Records } from './records/records.js';
import type { WriteRequest } from './request.js';
import { Statuses } from './statuses.js';
import { open } from './table-reader.js';
import { TextFiles } from './text-files.js';

/** What the parts of the door share: the ways to the kernel, and how words become records there. */
export class Session {
  readonly queue: RequestQueue;
  /** Past the queue and the addon's thread. */
  readonly directLine: DirectLine;
  readonly records: Records;
  readonly files: TextFiles;
  /** Milliseconds a request may wait for its answer. */
  readonly timeout: number;
  readonly #statuses: Statuses;
  readonly #transports: NativeAddon['transports'];
  readonly #ending = new AbortController();
  readonly #handle: NativeHandle;

  /** Starts the addon's thread. Nothing has been asked of the kernel yet. */
  constructor({ networkNamespace, timeout, transport }: CompleteOpenOptions) {
    const native = load();
    const { tables, transports } = native;
    const statuses = new Statuses(native.sources, transport === 'auto' ? undefined : transport);
    const handle = native.open(networkNamespace, timeout, transports[transport]);
    if ('status' in handle) {
      throw failureError('open', undefined, statuses.read(handle.status, handle.message));
    }
    this.records = new Records(native);
    this.queue = new RequestQueue({ handle, tables, records: this.records, statuses, timeout });
    this.files = new TextFiles(this.queue, native.places);
    this.timeout = timeout;
    this.#handle = handle;
    this.#statuses = statuses;
    this.#transports = transports;
    this.directLine = new DirectLine(this, { handle, tables, transports, statuses });
  }

  /** Sees that the kernel answers; returns the way that its answers come. */
  async begin(namespace: string | undefined): Promise<Transport> {
    const batch = await this.read({ operation: 'open', namespace }, 'info', undefined, undefined);
    const transport = this.records.readTransport(open(batch).view, this.#transports);
    this.#statuses.transport = transport;
    return transport;
  }

  /** The way that answers have come, or that was asked for. */
  get transport(): Transport | 'auto' {
    return this.#statuses.transport ?? 'auto';
  }

  /** Whether requests travel as socket options, which cannot carry everything. */
  get isLimited(): boolean {
    return this.#statuses.transport === 'sockopt';
  }

  /** Throws where requests travel as socket options and there is a reason why these cannot carry one. */
  heedLimits(subject: Subject, limit: () => string | undefined): void {
    if (!this.isLimited) return;
    const reason = limit();
    if (reason !== undefined) throw unsupportedError(subject.operation, subject.target, reason);
  }

  /** Reads a table. */
  async read(
    subject: Subject,
    table: NativeTable,
    fill: Fill | undefined,
    signal: AbortSignal | undefined,
  ): Promise<NativeBatch> {
    const answer = await this.queue.read(subject, table, fill, signal);
    if ('errno' in answer) throw this.error(subject, answer);
    return answer;
  }

  /** Sends a request that has no answer but that it was done. */
  write(request: WriteRequest, signal: AbortSignal | undefined): Promise<void> {
    return this.queue.write(request, signal);
  }

  /** Aborted when the handle is closed, for what waits for something else than an answer. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  close(): Promise<void> {
    const closed = this.queue.close();
    this.#ending.abort();
    return closed;
  }

  /** Connections to be read from a file, as a packed filter wants them. Opens nothing. */
  connections(path: string, filter: Uint8Array): NativeStream {
    return this.#handle.connections(path, filter);
  }

  /** Reads a stream on by one part. */
  async readOn(
    subject: Subject,
    stream: NativeStream,
    signal: AbortSignal | undefined,
  ): Promise<NativeBatch> {
    const answer = await this.queue.readOn(subject, stream, signal);
    if ('errno' in answer) throw this.error(subject, answer);
    return answer;
  }

  /** Puts a failure into words. */
  error(subject: Subject, failure: Failure): IpvsError {
    const details = { ...subject, timeout: this.timeout };
    return failureError(subject.operation, subject.target, failure, details);
  }
}

/** The errno with which no file can be opened, if so: who looks for the addon then does not find it, and does not say why. */
function lackOfDescriptors(): number | undefined {
  try {
    closeSync(openSync('/', 'r'));
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EMFILE' || code === 'ENFILE' ? constants.errno[code] : undefined;
  }
}

/** The addon; where there is none, the error says what to do. */
function load(): NativeAddon {
  try {
    return loadNative();
  } catch (cause) {
    const errno = lackOfDescriptors();
    if (errno !== undefined) throw failureError('open', undefined, { errno, source: 'thread' });
    const reason =
      process.platform === 'linux'
        ? 'the native addon is not there: build it with "npm rebuild ipvs", which needs a C++20 compiler, make and Python'
        : `IPVS is a part of Linux; this is ${process.platform}`;
    throw new IpvsError('ERR_IPVS_UNAVAILABLE', 'open', undefined, reason, { cause });
  }
}

import type { Operation } from '../../types/error.js';

/** One of the reads that a snapshot, or a list of destinations, is made of. */
export type Dump = 'services' | 'destinations';

/** Which calls are meant: those that fit every field. */
export interface CallFilter {
  readonly operation?: Operation;
  /** What the call is made on, as `IpvsError` names it: `tcp/10.0.0.1:80`, `tcp/10.0.0.1:80 -> 10.1.0.5:80`, the name of a sysctl. */
  readonly target?: string;
}

/** Which calls, or which of the reads within them, are meant. */
export interface DumpFilter extends CallFilter {
  /**
   * The kernel's own reads instead of the calls: of the services, which a snapshot reads before and after everything else,
   * or of the destinations of the service that is the `target`.
   */
  readonly dump?: Dump;
}

/** What goes wrong with a call. */
export interface FaultSpec extends DumpFilter {
  /** Refuse it with this errno; nothing happens. With `lostAnswer`: what it rejects with. */
  readonly code?: string;
  /** Milliseconds of the fake clock that the kernel takes longer. Later calls wait behind it. */
  readonly delayMs?: number;
  /** It happens, and rejects all the same, with `ETIMEDOUT` or with `code`. */
  readonly lostAnswer?: boolean;
  /**
   * A read leaves out one entry that is there, each time another one, or the one of this id. Without `dump` it is the read
   * of the destinations of the `target`, and without a target that of the services.
   */
  readonly torn?: true | string;
  /** How often. Default 1; `Infinity` for always. */
  readonly times?: number;
}

/** A fault that was put in. */
export interface Fault {
  /** How often it has come to pass. */
  readonly used: number;
  /** Takes it out again. */
  remove(): void;
}

/** A call as it came to the kernel. */
export interface FakeCall {
  readonly operation: Operation;
  /** Absent for the table as a whole. */
  readonly target: string | undefined;
  /** Milliseconds since 1970 by the fake clock. */
  readonly at: number;
}

/** Whether a call, or a read within one, is one of those that are meant. */
export function fits(filter: DumpFilter, subject: DumpFilter): boolean {
  return (
    filter.dump === subject.dump &&
    (filter.operation === undefined || filter.operation === subject.operation) &&
    (filter.target === undefined || filter.target === subject.target)
  );
}

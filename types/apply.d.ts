import type { Clock } from './clock.js';
import type { DestinationId } from './destination.js';
import type { DiagnosticCode } from './issue.js';
import type {
  Diagnostic,
  DrainRecord,
  OperationKind,
  OwnerRecord,
  Plan,
  PlannedOperation,
} from './plan.js';
import type { ServiceId } from './service.js';

/** Keeps the drains that are under way from one run of a program to the next. Without one, the kernel itself has all that is needed. */
export interface DrainStore {
  load(): Promise<readonly DrainRecord[]>;
  save(records: readonly DrainRecord[]): Promise<void>;
}

/** How `apply` carries a plan out. */
export interface ApplyOptions {
  /**
   * What a failed operation means. `continue`: nothing is taken away from its service, and the others go on; `stop`:
   * nothing more is done; `rollback`: what has been done is undone. Operations are sent many at a time with `continue`, one
   * by one otherwise. Default `continue`.
   */
  readonly onError?: 'continue' | 'stop' | 'rollback';
  /**
   * What happens when a service has changed since the plan was made. `replan`: the plan is made anew for what it
   * touches; `fail`: `apply` rejects with `E_STALE_PLAN`; `force`: it is carried out as it is. Default `replan`, and `fail` for a
   * plan that was read from JSON.
   */
  readonly stale?: 'replan' | 'fail' | 'force';
  /** Whether to wait until all drains are over; otherwise they are `pending`. Default true. */
  readonly wait?: boolean;
  /** Reads and checks, and changes nothing. Default false. */
  readonly dryRun?: boolean;
  /** How often at most the plan is made anew when others change the same services meanwhile. Default 3. */
  readonly maxRounds?: number;
  /**
   * Ends the run after the operations in flight; the report has the others as `skipped`. Destinations that drain keep
   * their weight of 0.
   */
  readonly signal?: AbortSignal;
  /** Called with the result of each operation as it comes; of one that is `pending` when it is so no more. */
  onOperation?(result: OperationResult): void;
  /**
   * Called with how a drain stands each time its connections have been counted: `pending` until it is over, then with how it
   * came out.
   */
  onDrain?(result: DrainResult): void;
  readonly drainStore?: DrainStore;
  /** Default: the clock of the system. */
  readonly clock?: Clock;
}

/** What became of an operation. */
export type OperationStatus =
  | 'ok'
  | 'noop'
  | 'failed'
  | 'skipped'
  | 'pending'
  | 'rolled-back'
  | 'rollback-failed';

/** Why an operation was not tried. */
export type SkipReason = 'dependency' | 'gated' | 'stopped' | 'aborted';

/** The result of an operation. */
export interface OperationResult {
  /** Its id in the plan; after a first round with the number of the round before it: `2.0001`. */
  readonly id: string;
  readonly op: OperationKind;
  readonly service?: ServiceId;
  readonly destination?: DestinationId;
  readonly address?: string;
  readonly status: OperationStatus;
  /** The code of a failure: one of reconcile's, such as `E_SCHEDULER_NOT_FOUND`. */
  readonly code?: DiagnosticCode;
  /** The errno behind a failure as Node has it, negative. */
  readonly errno?: number;
  /** What is to be said about a failure. */
  readonly message?: string;
  /** Something had been changed by others meanwhile. */
  readonly drift?: true;
  /** How often the kernel was asked. */
  readonly attempts: number;
  readonly durationMs: number;
  readonly skipReason?: SkipReason;
}

/** How the drain of a destination, or of a service with all of its destinations, came out. */
export interface DrainResult {
  readonly service: ServiceId;
  /** Absent for a service as a whole. */
  readonly destination?: DestinationId;
  /**
   * `drained`: its connections were over; `expired`: the deadline was; `gone`: somebody else took it away; `pending`: it
   * still drains; `cancelled`: it is declared again.
   */
  readonly outcome: 'drained' | 'expired' | 'gone' | 'pending' | 'cancelled';
  /** Connections it had when it was last looked at. */
  readonly activeConnections: number;
  readonly inactiveConnections: number;
}

/** What a run of `apply` or `reconcile` came to. */
export interface ApplyReport {
  /** Whether no operation failed or was left out. */
  readonly ok: boolean;
  /** Whether nothing is left to do but drains that are under way. */
  readonly converged: boolean;
  /** Operations that wait for connections to end. */
  readonly pending: number;
  /** How often a plan was carried out; more than once where others changed the same services meanwhile. */
  readonly rounds: number;
  /** What became of each operation, in their order. Put together when it is first asked for. */
  readonly results: readonly OperationResult[];
  readonly drains: readonly DrainResult[];
  /** What would still have to be done. */
  readonly remaining: readonly PlannedOperation[];
  /** What belongs to this owner now: for `diff` the next time. Put together when it is first asked for. */
  readonly record: OwnerRecord;
  /** What is to be known besides, such as `E_CONTENTION`. */
  readonly diagnostics: readonly Diagnostic[];
  /** The plan that was carried out, or that would have been. */
  readonly plan: Plan;
}

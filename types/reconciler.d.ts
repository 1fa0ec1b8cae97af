import type { ApplyOptions, ApplyReport, DrainResult, OperationResult } from './apply.js';
import type { NormalizeOptions } from './document.js';
import type { DiffOptions, HealthView, Plan, PlannedOperation } from './plan.js';
import type { ServiceId } from './service.js';

/** What is known of the health of destinations, and who tells when it changes: a `HealthOverlay`. */
export interface HealthSource extends HealthView {
  /** Calls back with the service of which something becomes known; answers what ends that. */
  onChange(listener: (service: ServiceId) => void): () => void;
}

/** How a `Reconciler` works. */
export interface ReconcilerOptions
  extends Omit<DiffOptions, 'now' | 'drains' | 'health'>,
    Pick<ApplyOptions, 'onError' | 'maxRounds' | 'drainStore' | 'clock'>,
    NormalizeOptions {
  /** What is known of the health of destinations; a change of it is acted upon. */
  readonly health?: HealthSource;
  /** Milliseconds after which everything is looked at again without a reason: from 1, each time up to 10 % more or less. Default 30000. */
  readonly resyncInterval?: number;
  /** Milliseconds between the beginnings of two cycles; two may come at once. From 0; default 1000. */
  readonly minInterval?: number;
  /** Milliseconds to wait for further reasons after the first. From 0; default 50. */
  readonly debounce?: number;
  /** What becomes of the services when it is stopped: nothing, no new connections, or they go at once. Default `keep`. */
  readonly onStop?: 'keep' | 'quiesce' | 'remove';
}

/** How a `Reconciler` stands. */
export interface ReconcilerStatus {
  /** `idle`: not started; `waiting`: for a desired state, or for a reason to look; `working`; `stopped`. */
  readonly state: 'idle' | 'waiting' | 'working' | 'stopped';
  /** Whether it has been told what should be. */
  readonly hasDesired: boolean;
  readonly cycles: number;
  /** Whether the last cycle left nothing to do but drains, and no service alone. */
  readonly converged: boolean;
  /** Destinations that drain. */
  readonly draining: number;
  /** Services that are left alone for a while because they failed or flap, and until when (milliseconds since 1970). */
  readonly backedOff: Readonly<Record<ServiceId, number>>;
  /** What the last cycle failed with; absent after one that did not. */
  readonly lastError?: unknown;
}

/** Why a cycle began. */
export type CycleReason = 'desired' | 'health' | 'resync' | 'trigger' | 'drain' | 'retry';

/** What a cycle came to. */
export interface Cycle {
  readonly number: number;
  readonly reasons: readonly CycleReason[];
  /** Operations that were tried. */
  readonly operations: number;
  readonly durationMs: number;
  readonly converged: boolean;
}

/** The events of a `Reconciler`, with what they carry. */
export interface ReconcilerEvents {
  /** Before a plan with something to do is carried out. */
  plan: [plan: Plan];
  /** What became of an operation. */
  operation: [result: OperationResult];
  /** Something was changed by others: the plan that puts it back, and the operations of it that do. */
  drift: [plan: Plan, operations: readonly PlannedOperation[]];
  /** A drain is over. */
  drain: [result: DrainResult];
  /** A cycle had something to do, and now all is as it should be. Of one that finds all as it should be there is `cycle` alone. */
  converged: [report: ApplyReport];
  /** Somebody keeps changing a service back; it is left alone for so many milliseconds. */
  flapping: [service: ServiceId, delay: number];
  /** Something failed. Nothing is thrown when nobody listens; `status.lastError` has it as well. */
  error: [error: unknown];
  /** After each cycle; one in which nothing could be read or done is an `error` instead. */
  cycle: [cycle: Cycle];
}

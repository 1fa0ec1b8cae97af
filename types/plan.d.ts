import type { Address, Family } from './address.js';
import type { Timeouts } from './config.js';
import type { Destination, DestinationId } from './destination.js';
import type { DesiredState, DrainPolicy } from './document.js';
import type { DiagnosticCode } from './issue.js';
import type { Protocol, Service, ServiceId } from './service.js';

/** Services to own; all parts that are given must match. */
export interface Selector {
  /** A network of service addresses: `10.9.0.0/24`. Matches no mark service. */
  readonly cidr?: string;
  /** Ports, and ranges of them with both ends. Match no mark service. */
  readonly ports?: readonly (number | readonly [number, number])[];
  readonly protocol?: Protocol;
  /** A firewall mark, or a range with both ends. Matches no service with an address. */
  readonly fwmark?: number | readonly [number, number];
  readonly family?: Family;
}

/**
 * Which services the declarative layer may touch. `declared`: those that the document names, and those of the record.
 * `selected`: also every other that a selector of `include` matches and none of `exclude`. `exclusive`: all of the
 * network namespace, but those that `exclude` matches.
 */
export type Scope =
  | { readonly mode: 'declared' }
  | {
      readonly mode: 'selected';
      readonly include: readonly Selector[];
      readonly exclude?: readonly Selector[];
    }
  | { readonly mode: 'exclusive'; readonly exclude?: readonly Selector[] };

/** What an owner made or took over; kept by the caller from one run to the next. */
export interface OwnerRecord {
  readonly version: 1;
  readonly services: readonly ServiceId[];
  /** Addresses bound: `10.9.0.1/32 on ipvs0`. */
  readonly vips: readonly string[];
}

/** A destination on its way out. Times are milliseconds since 1970. */
export interface DrainRecord {
  readonly service: ServiceId;
  readonly destination: DestinationId;
  readonly weightBefore: number;
  readonly startedAt: number;
  readonly deadlineAt: number;
}

/** How health changes what is desired: given a service and its destinations, those that should be in force. */
export interface HealthView {
  effective(service: DesiredState['services'][number]): DesiredState['services'][number];
}

/** How `diff` plans. */
export interface DiffOptions {
  /** Default `{ mode: 'declared' }`. */
  readonly scope?: Scope;
  /** For services that say nothing themselves, setting by setting. */
  readonly drain?: DrainPolicy;
  /** The drains known to be under way. Without, a destination that is not declared and has weight 0 is one that begins now. */
  readonly drains?: readonly DrainRecord[];
  /** Milliseconds since 1970, for the deadlines of `drains`. Without it, or where it lies before their start, they have all of their time left. */
  readonly now?: number;
  readonly health?: HealthView;
  /**
   * Fields of destinations that keep their actual value, for every service; a document says so for single ones. A new
   * destination has the declared weight, and one that drained the weight before that, if `drains` has it.
   */
  readonly ignore?: readonly 'weight'[];
  /** The only kinds of operation that may be planned; another is `E_NOT_ALLOWED`. Default: all. */
  readonly allow?: readonly OperationKind[];
  /**
   * The most services that may be removed: a whole number, or below 1 a fraction, rounded down, of the managed ones that
   * are there. More is `E_DELETE_LIMIT`.
   */
  readonly maxRemovals?: number;
  /**
   * Whether a document without services is meant, in a scope that is not `declared`. Otherwise it is `E_EMPTY_DESIRED`,
   * whether or not anything is there. Default false.
   */
  readonly allowEmpty?: boolean;
  /** What this owner made before. */
  readonly record?: OwnerRecord;
}

export type OperationKind =
  | 'add-service'
  | 'set-service'
  | 'del-service'
  | 'add-dest'
  | 'set-dest'
  | 'del-dest'
  | 'bind-vip'
  | 'unbind-vip'
  | 'ensure-device'
  | 'remove-device'
  | 'set-timeouts'
  | 'set-sysctl';

/** The parts of a plan, in the order in which they are executed. */
export type Phase =
  | 'settings'
  | 'device'
  | 'create'
  | 'expand'
  | 'bind'
  | 'tune'
  | 'retouch'
  | 'contract'
  | 'remove-dest'
  | 'restore'
  | 'remove-service'
  | 'unbind'
  | 'cleanup';

/** Why there is an operation. */
export type Reason =
  | 'declared'
  | 'undeclared'
  | 'absent'
  | 'drain-start'
  | 'drain-end'
  | 'drain-cancel'
  | 'drain-fallback'
  | 'health'
  | 'vip'
  | 'setting';

/** What an operation does to traffic. */
export type Impact =
  | 'none'
  | 'new-connections'
  | 'existing-flows'
  | 'hash-remap'
  | 'resets-counters';

/** A field that changes. */
export interface FieldChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** An operation that waits for connections to end. */
export interface Deferred {
  readonly until: 'idle' | 'no-active';
  /** Milliseconds from the start of the plan's execution. */
  readonly deadlineMs: number;
}

/** One step of a plan. */
export interface PlannedOperation {
  /** `0001` and so on, in the order of execution. */
  readonly id: string;
  readonly phase: Phase;
  readonly op: OperationKind;
  readonly service?: ServiceId;
  readonly destination?: DestinationId;
  /** Of a virtual address: `10.9.0.1/32 on ipvs0`. Of a device: its name. Of a setting: its name. */
  readonly address?: string;
  /** The complete object before; null where there was none. */
  readonly before: OperationObject | null;
  /** The complete object after; null where there will be none. */
  readonly after: OperationObject | null;
  readonly fields: readonly FieldChange[];
  readonly reason: Reason;
  readonly impact: readonly Impact[];
  /** Present where the operation waits for connections to end. */
  readonly deferred?: Deferred;
  /** The ids of operations that must have been done. */
  readonly dependsOn: readonly string[];
}

/** What an operation works on. */
export type OperationObject =
  | Service
  | Destination
  | { readonly device: string; readonly address: Address; readonly prefixLength: number }
  | { readonly device: string }
  | Partial<Timeouts>
  | { readonly name: string; readonly value: number | string };

/** How many objects a plan adds, changes, removes and leaves. */
export interface Counts {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  readonly unchanged: number;
}

/** A plan in numbers. */
export interface PlanSummary {
  readonly services: Counts;
  /** `drain`: of those removed, how many get time for their connections to end. */
  readonly destinations: Counts & { readonly drain: number };
  readonly vips: Counts;
  readonly operations: number;
  /** Services out of scope. */
  readonly unmanagedServices: number;
}

/** What happens to an object. */
export type ChangeKind = 'add' | 'change' | 'remove' | 'draining' | 'unchanged';

/** What happens to a destination. */
export interface DestinationChange {
  readonly change: ChangeKind;
  readonly destination: DestinationId;
  readonly before: Destination | null;
  readonly after: Destination | null;
  readonly fields: readonly FieldChange[];
  readonly drain?: Deferred;
}

/** What happens to an object, for people to read. */
export type Change =
  | {
      readonly kind: 'service';
      readonly change: ChangeKind;
      readonly service: ServiceId;
      readonly before: Service | null;
      readonly after: Service | null;
      readonly fields: readonly FieldChange[];
      readonly drain?: Deferred;
      readonly destinations: readonly DestinationChange[];
    }
  | { readonly kind: 'vip'; readonly change: ChangeKind; readonly address: string }
  | { readonly kind: 'device'; readonly change: ChangeKind; readonly address: string }
  | {
      readonly kind: 'setting';
      readonly change: 'change';
      readonly address: string;
      readonly fields: readonly FieldChange[];
    };

/** Something about a plan that a person should know. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'info';
  readonly code: DiagnosticCode;
  readonly message: string;
  /** The service, destination or virtual address it is about. */
  readonly address?: string;
  /** A JSON pointer into the document. */
  readonly path?: string;
}

/** What was there when the plan was made, of what it touches. */
export interface Basis {
  /** Whether the snapshot was consistent. */
  readonly consistent: boolean;
  /** Over `services`. */
  readonly fingerprint: string;
  /** The configuration of each service touched, with its destinations, as a hash; null where there was none. */
  readonly services: Readonly<Record<ServiceId, string | null>>;
}

/** Operations that make of what is what should be. */
export interface Plan {
  readonly scope: Scope;
  readonly options: PlanOptions;
  readonly basis: Basis;
  readonly summary: PlanSummary;
  /** The same as the operations, by object and in canonical order. Put together when it is first asked for. */
  readonly changes: readonly Change[];
  readonly operations: readonly PlannedOperation[];
  readonly diagnostics: readonly Diagnostic[];
  /** What should be: the whole of it, or, in a plan that was read from JSON, of what the plan touches. */
  readonly desired: DesiredState;
}

/** The options of `diff` that a plan keeps. */
export interface PlanOptions
  extends Pick<
    DiffOptions,
    'drain' | 'ignore' | 'allow' | 'maxRemovals' | 'allowEmpty' | 'record' | 'drains'
  > {}

/** A {@link Plan} as JSON. */
export interface PlanJSON extends Plan {
  readonly formatVersion: '1.0';
  readonly kind: 'ipvs-plan';
}

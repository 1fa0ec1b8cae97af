export type { Address, Family } from '../types/address.js';
export type {
  ApplyOptions,
  ApplyReport,
  DrainResult,
  DrainStore,
  OperationResult,
  OperationStatus,
  SkipReason,
} from '../types/apply.js';
export type { Backend } from '../types/backend.js';
export type { Capabilities } from '../types/capabilities.js';
export type { Clock } from '../types/clock.js';
export type { CallOptions, Info, OpenOptions, Timeouts, Transport } from '../types/config.js';
export type {
  Connection,
  ConnectionFilter,
  ConnectionState,
  Endpoint,
  EngineData,
  MarkedEnd,
  ObservedConnectionState,
  SctpState,
  TcpState,
  TemplateState,
  UdpState,
} from '../types/connection.js';
export type { SyncDaemon, SyncDaemonSpec, SyncRole } from '../types/daemon.js';
export type {
  Destination,
  DestinationChanges,
  DestinationId,
  DestinationKey,
  DestinationRef,
  DestinationSettings,
  DestinationSpec,
  Forward,
  ObservedDestination,
  ObservedForward,
  Tunnel,
  TunnelChecksum,
  TunnelSpec,
  TunnelType,
} from '../types/destination.js';
export type { AddressScope, BoundAddress, NetworkDevice } from '../types/device.js';
export type { RequestEvent } from '../types/diagnostics.js';
export type {
  AbsentService,
  AbsentServiceEntry,
  CompleteDrainPolicy,
  DesiredDestination,
  DesiredService,
  DesiredState,
  DesiredVips,
  Document,
  DrainPolicy,
  Duration,
  ExportOptions,
  IgnoredField,
  NormalizeOptions,
  OmittedObject,
  ServiceEntry,
  ServiceEntryExtras,
  VipSpec,
} from '../types/document.js';
export type { Operation } from '../types/error.js';
export type { ErrorCode, Issue, IssueCode, WarningCode } from '../types/issue.js';
export type { Lazy } from '../types/lazy.js';
export type {
  Basis,
  Change,
  ChangeKind,
  Counts,
  Deferred,
  DestinationChange,
  Diagnostic,
  DiffOptions,
  DrainRecord,
  FieldChange,
  HealthView,
  Impact,
  OperationKind,
  OperationObject,
  OwnerRecord,
  Phase,
  Plan,
  PlanJSON,
  PlannedOperation,
  PlanOptions,
  PlanSummary,
  Reason,
  Scope,
  Selector,
} from '../types/plan.js';
export type {
  Cycle,
  CycleReason,
  ReconcilerEvents,
  ReconcilerOptions,
  ReconcilerStatus,
} from '../types/reconciler.js';
export type {
  FormatRulesOptions,
  ParseRulesOptions,
  Rule,
  RuleCommand,
  RuleNames,
} from '../types/rules.js';
export type {
  AddressServiceKey,
  AddressServiceSpec,
  CompleteServiceSettings,
  FwmarkServiceKey,
  FwmarkServiceSpec,
  ObservedProtocol,
  ObservedService,
  Persistence,
  PersistenceSpec,
  Protocol,
  Scheduler,
  SchedulerFlag,
  Service,
  ServiceChanges,
  ServiceId,
  ServiceKey,
  ServiceRef,
  ServiceSettings,
  ServiceSpec,
} from '../types/service.js';
export type {
  LazySnapshot,
  ListOptions,
  ReadOptions,
  ServiceSnapshot,
  Snapshot,
} from '../types/snapshot.js';
export type {
  ApplicationHelper,
  Counted,
  CountedDestination,
  CountedService,
  Counters,
  CpuTotals,
  Rates,
  Stats,
  StatsDifference,
  WatchStatsOptions,
} from '../types/stats.js';
export type { IpvsSync } from '../types/sync.js';
export type { SysctlName, SysctlValues } from '../types/sysctl.js';
export { apply } from './declarative/apply/apply.js';
export { type DrainOptions, drain } from './declarative/apply/drain.js';
export { type ReconcileOptions, reconcile } from './declarative/apply/reconcile.js';
export { diff } from './declarative/diff/diff.js';
export { exportDocument } from './declarative/document/export-document.js';
export { normalize, validate } from './declarative/document/normalize.js';
export { ValidationError } from './declarative/document/validation-error.js';
export { ApplyError, PlanError } from './declarative/errors.js';
export { type Health, HealthOverlay, type HealthPolicy } from './declarative/health/overlay.js';
export { type FollowFileOptions, followFile } from './declarative/loop/follow-file.js';
export { Reconciler } from './declarative/loop/reconciler.js';
export { type FormatPlanOptions, formatPlan } from './declarative/plan/format-plan.js';
export { planToJSON, stringifyPlan } from './declarative/plan/plan-json.js';
export { planFromJSON } from './declarative/plan/read-plan.js';
export { type ReadStateOptions, readState } from './declarative/read-state.js';
export { IpvsError, type Missing } from './kernel/errors.js';
export { Ipvs } from './kernel/ipvs.js';
export { toObjects } from './kernel/lazy/to-objects.js';
export { InvalidValueError } from './model/invalid-value-error.js';
export { documentFromRules } from './rules/document-from-rules.js';
export { formatRules } from './rules/format-rules.js';
export { parseRules } from './rules/parse-rules.js';
export { type RulePlace, RuleSyntaxError } from './rules/rule-syntax-error.js';

import type { CompleteDrainPolicy, DesiredService, DesiredState } from '../../../types/document.js';
import type { PlanErrorCode, WarningCode } from '../../../types/issue.js';
import type { Deferred, Diagnostic, DrainRecord, PlanOptions } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import type { ServiceSnapshot, Snapshot } from '../../../types/snapshot.js';
import { completeDrainPolicy } from '../document/drain-policy.js';
import type { Ownership } from '../scope.js';
import { Drafts } from './draft.js';
import type { CheckedOptions } from './options.js';
import { Tally } from './tally.js';

/** All options beside each other. */
export type ContextOptions = PlanOptions & Omit<CheckedOptions, 'kept'>;

/** What the parts of a diff share. */
export class DiffContext {
  readonly drafts = new Drafts();
  readonly tally = new Tally();
  readonly diagnostics: Diagnostic[] = [];
  readonly desired: DesiredState;
  readonly actual: Snapshot;
  readonly options: ContextOptions;
  readonly ownership: Ownership;
  /** What has been said already. */
  readonly said = new Set<string>();
  /** Services that are taken away without waiting for their connections. */
  readonly cut: ServiceSnapshot[] = [];
  /** Services of the owner's record. */
  readonly recorded: ReadonlySet<ServiceId>;
  readonly #records = new Map<string, DrainRecord>();

  constructor(
    desired: DesiredState,
    actual: Snapshot,
    { kept, ...options }: CheckedOptions,
    ownership: Ownership,
  ) {
    this.desired = desired;
    this.actual = actual;
    this.options = { ...options, ...kept };
    this.ownership = ownership;
    this.recorded = new Set(kept.record?.services);
    for (const record of kept.drains ?? []) {
      this.#records.set(`${record.service} -> ${record.destination}`, record);
    }
  }

  /** The drain of a destination that is under way, if it is known. */
  record(service: ServiceId, destination: string): DrainRecord | undefined {
    if (this.#records.size === 0) return undefined;
    return this.#records.get(`${service} -> ${destination}`);
  }

  drainPolicy(service: Pick<DesiredService, 'drain'> | undefined): CompleteDrainPolicy {
    return completeDrainPolicy(service?.drain, this.options.drain);
  }

  /** How long a drain may still take: from its record, or from now. A clock that was set back does not make it longer. */
  deferral(policy: CompleteDrainPolicy, record: DrainRecord | undefined): Deferred {
    const { until, deadline } = policy;
    if (record === undefined) return { until, deadlineMs: deadline };
    const { startedAt, deadlineAt } = record;
    const now = Math.max(startedAt, this.options.now ?? startedAt);
    return { until, deadlineMs: Math.max(0, deadlineAt - now) };
  }

  /** Whether the destinations of a service keep the weights they have: the call says so, or the document of the service. */
  ignoresWeight({ ignore }: Pick<DesiredService, 'ignore'>): boolean {
    return [this.options.ignore, ignore].some((fields) => fields?.includes('weight'));
  }

  warn(code: WarningCode, address: string, message: string): void {
    this.diagnostics.push({ severity: 'warning', code, message, address });
  }

  /** Something keeps the plan from being carried out. */
  fail(code: PlanErrorCode, address: string | undefined, message: string, path?: string): void {
    this.diagnostics.push({
      severity: 'error',
      code,
      message,
      ...(address === undefined ? {} : { address }),
      ...(path === undefined ? {} : { path }),
    });
  }

  /** The snapshot was taken without something that the document manages. */
  lacks(what: string, section: 'vips' | 'timeouts' | 'sysctls'): void {
    const message = `the document has "${section}", and the snapshot was taken without ${what}`;
    this.fail('E_UNSUPPORTED', undefined, message, `/${section}`);
  }

  /** Whether a sysctl will be off when the plan is executed; `false` also where that is not known. */
  isOff(name: string): boolean {
    const value = this.desired.sysctls?.[name] ?? this.actual.sysctls?.[name];
    return value !== undefined && Number(value) === 0;
  }
}

/** Connections that a drain of a destination waits for. */
export function openConnections(
  destination: ServiceSnapshot['destinations'][number],
  until: Deferred['until'],
): number {
  const { activeConnections, inactiveConnections } = destination;
  return until === 'idle' ? activeConnections + inactiveConnections : activeConnections;
}

import type { ApplyReport, DrainResult, OperationResult } from '../../../types/apply.js';
import type { Diagnostic, OwnerRecord, Plan, PlannedOperation } from '../../../types/plan.js';
import type { Snapshot } from '../../../types/snapshot.js';
import { hasErrors } from '../plan/diagnostics.js';
import { hasWork } from './again.js';
import { keyOf, withoutSome } from './operation-groups.js';
import { isDone, type Result } from './operation-result.js';
import { ownerRecord } from './owner-record.js';
import { namedResults, type Outcomes, outcomesIf } from './results.js';
import type { Run } from './run.js';

/** What a run has come to so far. */
export interface Progress {
  readonly plan: Plan;
  readonly rounds: number;
  readonly outcomes: Outcomes;
  readonly drains: readonly DrainResult[];
  readonly diagnostics: readonly Diagnostic[];
  /** What would still have to be done; absent where that could not be read. */
  readonly left?: Pick<Plan, 'operations'> | undefined;
}

/** Puts together what a run came to. */
export function makeReport(progress: Progress): ApplyReport {
  const { plan, rounds, outcomes, drains, left } = progress;
  const diagnostics = [...progress.diagnostics];
  const { results } = outcomes;
  if (results.some(({ skipReason }) => skipReason === 'aborted')) {
    const message = 'the run was aborted; what it had begun to drain takes no new connections';
    diagnostics.push({ severity: 'error', code: 'E_ABORTED', message });
  }
  const { operations: pending } = outcomesIf(outcomes, (_, { status }) => status === 'pending');
  const isGood = results.every((result) => isDone(result) || result.status === 'pending');
  // There can be very many operations, and often nobody asks for what was done to each.
  let named: readonly OperationResult[] | undefined;
  let record: OwnerRecord | undefined;
  return {
    ok: isGood && !hasErrors({ diagnostics }),
    converged: left !== undefined && !hasWork({ operations: besides(left, pending) }),
    pending: pending.length,
    rounds,
    get results() {
      named ??= namedResults(outcomes);
      return named;
    },
    drains,
    remaining: left?.operations ?? undone(outcomes),
    get record() {
      record ??= ownerRecord(plan, outcomes);
      return record;
    },
    diagnostics,
    plan,
  };
}

/** What is left besides what waits; that can have become due since it was looked at. */
function besides(
  { operations }: Pick<Plan, 'operations'>,
  pending: readonly PlannedOperation[],
): PlannedOperation[] {
  if (pending.length === 0) return [...operations];
  const waiting = new Set(pending.map(keyOf));
  return withoutSome(operations, (operation) => waiting.has(keyOf(operation)));
}

function undone(outcomes: Outcomes): readonly PlannedOperation[] {
  return outcomesIf(outcomes, (_, result) => !isDone(result)).operations;
}

/** Destinations that drained and are declared again, with the connections that they have. */
export function cancelledDrains(
  { cancellations, results }: Pick<Run, 'cancellations' | 'results'>,
  actual: Snapshot | undefined,
): DrainResult[] {
  if (cancellations.size === 0) return [];
  const services = new Map(actual?.services.map((service) => [service.id, service]));
  const done = [...cancellations].filter(({ id }) => isDone(results.get(id) as Result));
  return done.flatMap(({ service, destination }): DrainResult[] => {
    if (service === undefined || destination === undefined) return [];
    const present = services.get(service)?.destinations.find(({ id }) => id === destination);
    const { activeConnections = 0, inactiveConnections = 0 } = present ?? {};
    return [{ service, destination, outcome: 'cancelled', activeConnections, inactiveConnections }];
  });
}

import type { OperationResult } from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type { Clock } from '../../../types/clock.js';
import type { DesiredService, DesiredState } from '../../../types/document.js';
import type { Diagnostic, Plan, PlannedOperation } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import type { ServiceSnapshot, Snapshot } from '../../../types/snapshot.js';
import { destinationOf, serviceFamily, serviceOf } from '../canonical.js';
import { diffSteps } from '../diff/diff.js';
import { inSlices } from '../in-slices.js';
import { Operations } from './operations.js';
import { Run } from './run.js';
import { readTouched, type Touched } from './touched.js';

/** What there was before a run, of what it touches. */
export interface Before {
  readonly plan: Plan;
  readonly touched: Touched;
  readonly actual: Snapshot;
}

/**
 * Undoes what a run did: services are brought back to what they were, in the order that leaves none without a
 * destination, and then settings and addresses. What connections were cut stay so. Answers what became of each of the
 * operations that had been done, and in which state the services are that could not be brought back.
 */
export async function rollBack(
  backend: Backend,
  before: Before,
  done: readonly OperationResult[],
  clock: Clock,
): Promise<{ readonly results: OperationResult[]; readonly diagnostics: Diagnostic[] }> {
  const former = formerState(before);
  const declared = new Map(former.services.map((service) => [service.id, service]));
  const operations = new Operations(backend, declared);
  const undo = new Run(operations, { clock, onError: 'continue' });
  const others = invert(before.plan.operations, done);
  await undo.execute(others.filter(({ op }) => op !== 'unbind-vip'));
  await undo.execute(await planFormer(backend, before, former));
  await undo.execute(others.filter(({ op }) => op === 'unbind-vip'));

  const left = await planFormer(backend, before, former);
  const stuck = new Set(left.flatMap(({ service }) => service ?? []));
  const failed = new Set<string>();
  for (const { status, service, address } of undo.results.values()) {
    if (status === 'failed' && service === undefined && address !== undefined) failed.add(address);
  }
  const results = done.map((result): OperationResult => {
    const { service, address } = result;
    const isStuck = service === undefined ? failed.has(address ?? '') : stuck.has(service);
    return { ...result, status: isStuck ? 'rollback-failed' : 'rolled-back' };
  });
  const diagnostics = [...stuck].map((id): Diagnostic => {
    const wrong = left.filter(({ service }) => service === id).map(describe);
    const message = `it could not be brought back to what it was; still to do: ${wrong.join(', ')}`;
    return { severity: 'error', code: 'E_KERNEL', message, address: id };
  });
  return { results, diagnostics };
}

async function planFormer(
  backend: Backend,
  { plan, touched }: Before,
  former: DesiredState,
): Promise<readonly PlannedOperation[]> {
  const services: Touched = { services: touched.services, more: false };
  const actual = await readTouched(backend, plan, services, undefined);
  const options = { drain: { mode: 'immediate' } } as const;
  const { operations } = await inSlices(diffSteps(former, actual, options, touched.services));
  return operations;
}

function formerState({ touched, actual }: Before): DesiredState {
  const present = actual.services.filter(({ id }) => touched.services.has(id));
  const known = new Set<ServiceId>(present.map(({ id }) => id));
  const absent = [...touched.services].filter((id) => !known.has(id)).map((id) => ({ id }));
  return { version: 1, services: present.map(asDesired), absent, warnings: [] };
}

function asDesired(service: ServiceSnapshot): DesiredService {
  const destinations = service.destinations.map((destination) => ({
    ...destinationOf(destination),
    id: destination.id,
  }));
  const settings = serviceOf(service);
  return { ...settings, id: service.id, family: serviceFamily(settings), destinations };
}

/** What undoes operations that are not about services, the last one first. */
function invert(
  operations: readonly PlannedOperation[],
  done: readonly OperationResult[],
): PlannedOperation[] {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const inverted: PlannedOperation[] = [];
  for (const { id, status } of [...done].reverse()) {
    const operation = byId.get(id);
    const inverse =
      operation === undefined || status === 'noop' ? undefined : inverses[operation.op];
    if (operation === undefined || inverse === undefined) continue;
    const { before: after, after: before } = operation;
    inverted.push({ ...operation, op: inverse, before, after, dependsOn: [] });
  }
  return inverted;
}

const inverses: { readonly [Op in PlannedOperation['op']]?: PlannedOperation['op'] } = {
  'bind-vip': 'unbind-vip',
  'unbind-vip': 'bind-vip',
  'ensure-device': 'remove-device',
  'remove-device': 'ensure-device',
  'set-timeouts': 'set-timeouts',
  'set-sysctl': 'set-sysctl',
};

function describe({ op, destination }: PlannedOperation): string {
  return destination === undefined ? op : `${op} ${destination}`;
}

import type { Backend } from '../../../types/backend.js';
import type { Clock } from '../../../types/clock.js';
import type { DesiredService, DesiredState } from '../../../types/document.js';
import type { Diagnostic, Plan, PlannedOperation } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import type { ServiceSnapshot, Snapshot } from '../../../types/snapshot.js';
import { destinationOf } from '../../model/destination.js';
import { serviceOf } from '../../model/service.js';
import { serviceFamily } from '../../model/service-id.js';
import { diffSteps } from '../diff/diff.js';
import { runInSlices } from '../document/steps.js';
import { phases } from '../plan/phases.js';
import { refusalOf } from './failures.js';
import { inverseOf } from './inverse.js';
import { targetOf } from './operation-groups.js';
import { Operations } from './operations.js';
import { namedResults, type Outcomes, outcomesIf } from './results.js';
import { Run } from './run.js';
import { readTouched } from './touched.js';

/** What there was before a run, of what it touches. */
export interface Before {
  readonly plan: Plan;
  readonly actual: Snapshot;
}

/** What became of each operation, and in which state that is which could not be brought back. */
export interface RolledBack {
  readonly outcomes: Outcomes;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Undoes what a run did: settings, services and addresses are brought back to what they were, in the order that leaves no
 * service without a destination, and no address without its service. What connections were cut stay so.
 */
export async function rollBack(
  backend: Backend,
  before: Before,
  outcomes: Outcomes,
  clock: Clock,
): Promise<RolledBack> {
  const { operations, results } = outcomes;
  const stuck = await undo(backend, before, outcomes, clock).catch((error: unknown) => {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    // Nothing can be read, and so nothing can be said of anything.
    const message = `it could not be brought back to what it was: ${refusal.message}`;
    const changed = outcomesIf(outcomes, (_, { status }) => status === 'ok');
    return new Map(changed.operations.map((operation) => [targetOf(operation), message]));
  });
  return {
    outcomes: {
      operations,
      results: results.map((result, place) => {
        if (result.status !== 'ok') return result;
        const target = targetOf(operations[place] as PlannedOperation);
        return { ...result, status: stuck.has(target) ? 'rollback-failed' : 'rolled-back' };
      }),
    },
    diagnostics: [...stuck].map(([address, message]): Diagnostic => {
      return { severity: 'error', code: 'E_KERNEL', message, address };
    }),
  };
}

/** Answers what could not be brought back, and why. */
async function undo(
  backend: Backend,
  before: Before,
  outcomes: Outcomes,
  clock: Clock,
): Promise<Map<string, string>> {
  // What failed may have had an effect, too.
  const touched = new Set<ServiceId>();
  const tried = outcomesIf(outcomes, (_, { status }) => status === 'ok' || status === 'failed');
  for (const { service } of tried.operations) if (service !== undefined) touched.add(service);
  const former = formerState(touched, before.actual);
  const services = await planFormer(backend, before.plan, touched, former);
  const operations = inOrder(services, inverseOf(outcomes));
  const present = new Map(former.services.map((service) => [service.id, service]));
  const wanted = { service: (id: ServiceId) => present.get(id), makesDevice: true };
  const run = new Run(new Operations(backend, wanted), { clock });
  await run.execute(operations);

  const stuck = new Map<string, string>();
  const undone = namedResults(run.results.outcomes);
  for (const { status, service, address, message = '' } of undone) {
    if (service === undefined && address !== undefined && status !== 'ok' && status !== 'noop') {
      stuck.set(address, `it could not be brought back to what it was: ${message}`);
    }
  }
  for (const { service, op, destination } of await planFormer(
    backend,
    before.plan,
    touched,
    former,
  )) {
    if (service === undefined) continue;
    const left = destination === undefined ? op : `${op} ${destination}`;
    const begun = stuck.get(service);
    const message = 'it could not be brought back to what it was; still to do: ';
    stuck.set(service, begun === undefined ? message + left : `${begun}, ${left}`);
  }
  return stuck;
}

async function planFormer(
  backend: Backend,
  plan: Plan,
  services: ReadonlySet<ServiceId>,
  former: DesiredState,
): Promise<readonly PlannedOperation[]> {
  const actual = await readTouched(backend, plan, { services, more: false });
  const kept = { drain: { mode: 'immediate' } } as const;
  const options = { scope: { mode: 'declared' }, kept } as const;
  const { operations } = await runInSlices(diffSteps(former, actual, options, services));
  return operations;
}

function formerState(touched: ReadonlySet<ServiceId>, actual: Snapshot): DesiredState {
  const present = actual.services.filter(({ id }) => touched.has(id));
  const known = new Set<ServiceId>(present.map(({ id }) => id));
  const absent = [...touched].filter((id) => !known.has(id)).map((id) => ({ id }));
  return { version: 1, services: present.map(asDesired), absent, warnings: [] };
}

/** A service that is there, as what is desired. */
export function asDesired(service: ServiceSnapshot): DesiredService {
  const destinations = service.destinations.map((destination) => ({
    ...destinationOf(destination),
    id: destination.id,
  }));
  const settings = serviceOf(service);
  return { ...settings, id: service.id, family: serviceFamily(settings), destinations };
}

/** All in the order of phases; an address goes after the services that were made on it. */
function inOrder(
  services: readonly PlannedOperation[],
  others: readonly PlannedOperation[],
): PlannedOperation[] {
  const removals = services.filter(({ op }) => op === 'del-service');
  const linked = others.map((operation) => {
    if (operation.op !== 'unbind-vip') return operation;
    const used = removals.filter(({ before }) => addressOf(before) === addressOf(operation.before));
    return { ...operation, dependsOn: used.map(({ id }) => id) };
  });
  const place = ({ phase }: PlannedOperation) => phases.indexOf(phase);
  return [...services, ...linked].sort((first, second) => place(first) - place(second));
}

function addressOf(object: PlannedOperation['before']): string | undefined {
  return object !== null && 'address' in object ? object.address : undefined;
}

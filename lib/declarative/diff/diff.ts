import type { DesiredState } from '../../../types/document.js';
import type { Basis, Change, DiffOptions, Plan } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import type { Snapshot } from '../../../types/snapshot.js';
import { plainOf } from '../../model/lazy-object.js';
import { runSteps, type Steps } from '../document/steps.js';
import { combineFingerprints, fingerprintOf } from '../fingerprint.js';
import { ownershipOf } from '../scope.js';
import { DiffContext } from './context.js';
import { Creation } from './creation.js';
import { checkGuards } from './guards.js';
import { type CheckedOptions, checkDiffOptions } from './options.js';
import { type Pair, pairUp, type ServiceFilter } from './pairs.js';
import { removeService } from './service-removal.js';
import { changeService, createService } from './services.js';
import { changeSettings } from './settings.js';
import type { Tally } from './tally.js';
import { changeVirtualAddresses } from './virtual-addresses.js';
import { noteBeginning, warn, warnOfLast, warnOfTrash } from './warnings.js';

/**
 * The plan that makes of what is there what should be there: the operations in the order in which no service is without
 * a destination that it had. Reads nothing and changes nothing; equal arguments give equal plans. What keeps the plan from
 * being carried out is among its diagnostics, as an error. Throws `InvalidValueError` for options that are wrong.
 */
export function diff(desired: DesiredState, actual: Snapshot, options: DiffOptions = {}): Plan {
  return runSteps(diffSteps(desired, actual, checkDiffOptions(options)));
}

/**
 * {@link diff} in short steps, for those who have something else to do in between, with options that have been checked.
 * With `only`, other services are left as they are.
 */
export function* diffSteps(
  desired: DesiredState,
  actual: Snapshot,
  options: CheckedOptions,
  only?: ServiceFilter,
): Steps<Plan> {
  const { scope, kept } = options;
  const ownership = ownershipOf(scope, desired, kept.record);
  const context = new DiffContext(desired, actual, options, ownership);
  yield* noteBeginning(context);
  changeSettings(context);

  const { pairs, foreign, held } = yield* pairUp(context, only);
  context.tally.unmanagedServices = foreign.length;
  yield* planServices(context, pairs);
  yield* changeVirtualAddresses(context, foreign, held, only);
  checkGuards(context);
  const operations = yield* context.drafts.number();
  const basis = yield* basisOf(context, pairs);
  const summary = context.tally.summary(operations.length);
  const { tally, diagnostics } = context;
  return planOf({ scope, options: kept, basis, summary, operations, diagnostics, desired }, tally);
}

function planOf(plan: Omit<Plan, 'changes'>, { changes: unread }: Tally): Plan {
  const { scope, options, basis, summary, operations, diagnostics, desired } = plan;
  let changes: readonly Change[] | undefined;
  return {
    scope,
    options,
    basis,
    summary,
    get changes() {
      changes ??= unread.map((each) => (each instanceof Creation ? each.change() : each));
      return changes;
    },
    operations,
    diagnostics,
    desired,
  };
}

function* planServices(context: DiffContext, pairs: readonly Pair[]): Steps<void> {
  for (const pair of pairs) {
    planPair(context, pair);
    yield;
  }
  yield* warnOfLast(context, pairs);
  warnOfTrash(context);
}

function planPair(context: DiffContext, pair: Pair): void {
  if (pair.declared === undefined) {
    const { observed, absent } = pair;
    const reason = absent === undefined ? 'undeclared' : 'absent';
    removeService(context, plainOf(observed), context.drainPolicy(absent), reason);
  } else if (pair.observed === undefined) {
    createService(context, pair.declared);
  } else {
    const before = context.tally.changes.length;
    changeService(context, pair.declared, pair.observed);
    noteAdoption(context, pair.declared.id, context.tally.changes.length > before);
  }
}

/** Without a record it cannot be told whose a service was; then it is said where something changes. */
function noteAdoption(context: DiffContext, id: ServiceId, isChanged: boolean): void {
  const { record, scope } = context.options;
  const isNew =
    record === undefined ? isChanged && scope.mode === 'declared' : !context.recorded.has(id);
  if (isNew) warn(context, 'W_ADOPTED', id);
}

/** What there was of the services that are touched. */
function* basisOf(context: DiffContext, pairs: readonly Pair[]): Steps<Basis> {
  const touched = context.drafts.services;
  const services: Record<ServiceId, string | null> = {};
  for (const { declared, observed } of pairs) {
    const id = (declared ?? observed)?.id;
    if (id === undefined || !touched.has(id)) continue;
    services[id] = observed === undefined ? null : fingerprintOf(observed);
    yield;
  }
  const fingerprint = combineFingerprints(services);
  return { consistent: context.actual.consistent, fingerprint, services };
}

import type { AbsentService, DesiredService } from '../../../types/document.js';
import type { ServiceId } from '../../../types/service.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import {
  type CompleteServiceKey,
  compareServiceKeys,
  keyOfService,
  type ServiceIdentity,
} from '../../model/service-id.js';
import { identityOf } from '../canonical.js';
import { type Steps, sortSteps } from '../document/steps.js';
import type { DiffContext } from './context.js';

/** A service that is declared, or there, or both; `absent` where the document says that it should not be there. */
export type Pair =
  | { readonly declared: DesiredService; readonly observed?: ServiceSnapshot }
  | {
      readonly declared?: undefined;
      readonly observed: ServiceSnapshot;
      readonly absent: AbsentService | undefined;
    };

/** Some services, or all but some. */
export type ServiceFilter = Pick<ReadonlySet<ServiceId>, 'has'>;

/** The services that a plan is about, and those it leaves alone. */
export interface Pairs {
  /** In canonical order. */
  readonly pairs: readonly Pair[];
  /** Out of scope. */
  readonly foreign: readonly ServiceSnapshot[];
  /** In scope, and left as they are for now. */
  readonly held: readonly ServiceSnapshot[];
}

/** What is there; nothing at what has found its pair, which costs less than to take it out. */
type Observed = Map<ServiceId, ServiceSnapshot | undefined>;

interface Keyed {
  readonly pair: Pair;
  readonly key: CompleteServiceKey;
}

/** Puts together what is declared and what is there. */
export function* pairUp(context: DiffContext, only: ServiceFilter | undefined): Steps<Pairs> {
  const observed: Observed = new Map();
  for (const service of context.actual.services) observed.set(service.id, service);
  yield;
  const declared = yield* pairDeclared(context, only, observed);
  const { pairs, foreign, held } = yield* pairOthers(context, only, observed);
  const sorted = yield* sortSteps([...declared, ...pairs], compareKeys);
  return { pairs: sorted.map(({ pair }) => pair), foreign, held };
}

/** What is declared, each with what is there of it. */
function* pairDeclared(
  context: DiffContext,
  only: ServiceFilter | undefined,
  observed: Observed,
): Steps<Keyed[]> {
  const pairs: Keyed[] = [];
  for (const declared of context.desired.services) {
    yield;
    if (!isCovered(context, declared.id, declared)) continue;
    const present = observed.get(declared.id);
    if (present !== undefined) observed.set(declared.id, undefined);
    if (only?.has(declared.id) === false) continue;
    const pair = present === undefined ? { declared } : { declared, observed: present };
    pairs.push({ pair, key: keyOfService(declared) });
  }
  return pairs;
}

/** What is there and not declared: what goes, what is not this owner's, and what is left alone. */
function* pairOthers(
  context: DiffContext,
  only: ServiceFilter | undefined,
  observed: Observed,
): Steps<Omit<Pairs, 'pairs'> & { readonly pairs: readonly Keyed[] }> {
  const absents = new Map<ServiceId, AbsentService>();
  for (const absent of context.desired.absent) {
    if (isCovered(context, absent.id, identityOf(absent.id))) absents.set(absent.id, absent);
  }
  const pairs: Keyed[] = [];
  const foreign: ServiceSnapshot[] = [];
  const held: ServiceSnapshot[] = [];
  // Not those of the map, each of which comes as an array of its own.
  for (const service of context.actual.services) {
    yield;
    const { id } = service;
    if (observed.get(id) !== service) continue;
    if (!context.ownership.owns(id, service)) foreign.push(service);
    else if (only?.has(id) === false) held.push(service);
    else {
      const pair = { observed: service, absent: absents.get(id) };
      pairs.push({ pair, key: keyOfService(service) });
    }
  }
  return { pairs, foreign, held };
}

function compareKeys(first: Keyed, second: Keyed): number {
  return compareServiceKeys(first.key, second.key);
}

function isCovered(context: DiffContext, id: ServiceId, service: ServiceIdentity): boolean {
  if (context.ownership.covers(service)) return true;
  context.fail('E_OUT_OF_SCOPE', id, 'the document names a service that the scope leaves out');
  return false;
}

import type { AbsentService, DesiredService } from '../../../types/document.js';
import type { ServiceId } from '../../../types/service.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { compareServices, type ServiceIdentity } from '../../model/service-id.js';
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

/** Puts together what is declared and what is there. */
export function* pairUp(context: DiffContext, only: ServiceFilter | undefined): Steps<Pairs> {
  const observed = new ObservedServices(context.actual.services);
  const declared = yield* pairDeclared(context, only, observed);
  const { pairs, foreign, held } = yield* pairOthers(context, only, observed);
  return { pairs: yield* sortSteps(declared.concat(pairs), comparePairs), foreign, held };
}

/** What is there, where each service finds its pair at most once. */
class ObservedServices {
  readonly #services: readonly ServiceSnapshot[];
  readonly #isPaired: Uint8Array;
  /** Behind the one that was found last: asked for in order, nearly always the next is the one. */
  #next = 0;
  /** The places of all; looked up only where they are not asked for in order. */
  #places: ReadonlyMap<ServiceId, number> | undefined;

  constructor(services: readonly ServiceSnapshot[]) {
    this.#services = services;
    this.#isPaired = new Uint8Array(services.length);
  }

  /** The service with that identity, if it is there. */
  pair(declared: DesiredService): ServiceSnapshot | undefined {
    const next = this.#services[this.#next];
    const isNext = next !== undefined && compareServices(declared, next) === 0;
    const place = isNext ? this.#next : this.#placeOf(declared.id);
    if (place === undefined || this.#isPaired[place] === 1) return undefined;
    this.#isPaired[place] = 1;
    this.#next = place + 1;
    return this.#services[place];
  }

  /** Those that have found none. */
  unpaired(): ServiceSnapshot[] {
    return this.#services.filter((_, place) => this.#isPaired[place] === 0);
  }

  #placeOf(id: ServiceId): number | undefined {
    this.#places ??= this.#readPlaces();
    return this.#places.get(id);
  }

  #readPlaces(): ReadonlyMap<ServiceId, number> {
    const places = new Map<ServiceId, number>();
    // One by one: there can be very many.
    this.#services.forEach(({ id }, place) => {
      places.set(id, place);
    });
    return places;
  }
}

/** What is declared, each with what is there of it. */
function* pairDeclared(
  context: DiffContext,
  only: ServiceFilter | undefined,
  observed: ObservedServices,
): Steps<Pair[]> {
  const pairs: Pair[] = [];
  for (const declared of context.desired.services) {
    yield;
    if (!isCovered(context, declared.id, declared)) continue;
    const present = observed.pair(declared);
    if (only?.has(declared.id) === false) continue;
    pairs.push(present === undefined ? { declared } : { declared, observed: present });
  }
  return pairs;
}

/** What is there and not declared: what goes, what is not this owner's, and what is left alone. */
function* pairOthers(
  context: DiffContext,
  only: ServiceFilter | undefined,
  observed: ObservedServices,
): Steps<Pairs> {
  const absents = new Map<ServiceId, AbsentService>();
  for (const absent of context.desired.absent) {
    if (isCovered(context, absent.id, identityOf(absent.id))) absents.set(absent.id, absent);
  }
  const pairs: Pair[] = [];
  const foreign: ServiceSnapshot[] = [];
  const held: ServiceSnapshot[] = [];
  for (const service of observed.unpaired()) {
    yield;
    const { id } = service;
    if (!context.ownership.owns(id, service)) foreign.push(service);
    else if (only?.has(id) === false) held.push(service);
    else pairs.push({ observed: service, absent: absents.get(id) });
  }
  return { pairs, foreign, held };
}

function comparePairs(first: Pair, second: Pair): number {
  return compareServices(first.declared ?? first.observed, second.declared ?? second.observed);
}

function isCovered(context: DiffContext, id: ServiceId, service: ServiceIdentity): boolean {
  if (context.ownership.covers(service)) return true;
  context.fail('E_OUT_OF_SCOPE', id, 'the document names a service that the scope leaves out');
  return false;
}

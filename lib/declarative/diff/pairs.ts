import type { AbsentService, DesiredService } from '../../../types/document.js';
import type { ServiceId } from '../../../types/service.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import {
  type CompleteServiceKey,
  compareServiceKeys,
  keyOfService,
} from '../../model/service-id.js';
import { identityOf, type ServiceIdentity } from '../canonical.js';
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
export function pairUp(context: DiffContext, only: ServiceFilter | undefined): Pairs {
  const { desired, actual, ownership } = context;
  const pairs: { readonly pair: Pair; readonly key: CompleteServiceKey }[] = [];
  const foreign: ServiceSnapshot[] = [];
  const held: ServiceSnapshot[] = [];
  const observed = new Map<ServiceId, ServiceSnapshot>();
  for (const service of actual.services) observed.set(service.id, service);

  for (const declared of desired.services) {
    if (!isCovered(context, declared.id, declared)) continue;
    const present = observed.get(declared.id);
    observed.delete(declared.id);
    if (only?.has(declared.id) !== false) {
      const pair = present === undefined ? { declared } : { declared, observed: present };
      pairs.push({ pair, key: keyOfService(declared) });
    }
  }
  const absents = new Map<ServiceId, AbsentService>();
  for (const absent of desired.absent) {
    if (isCovered(context, absent.id, identityOf(absent.id))) absents.set(absent.id, absent);
  }
  for (const [id, service] of observed) {
    if (!ownership.owns(id, service)) foreign.push(service);
    else if (only?.has(id) === false) held.push(service);
    else {
      const pair = { observed: service, absent: absents.get(id) };
      pairs.push({ pair, key: keyOfService(service) });
    }
  }
  pairs.sort((first, second) => compareServiceKeys(first.key, second.key));
  return { pairs: pairs.map(({ pair }) => pair), foreign, held };
}

function isCovered(context: DiffContext, id: ServiceId, service: ServiceIdentity): boolean {
  if (context.ownership.covers(service)) return true;
  context.fail('E_OUT_OF_SCOPE', id, 'the document names a service that the scope leaves out');
  return false;
}

import type { OperationKind, Phase, PlannedOperation } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import type { Mutable } from '../../model/fields.js';
import type { Steps } from '../document/steps.js';
import { phases } from '../plan/phases.js';

/** An operation that has no number yet, and depends on others that have none. */
export interface Draft extends Mutable<Omit<PlannedOperation, 'dependsOn'>> {
  /** Names, when all are numbered. */
  dependsOn: readonly Draft[] | readonly string[];
}

/** What is said of an operation that is to be. */
export interface DraftFields extends Omit<PlannedOperation, 'id' | 'fields' | 'dependsOn'> {
  readonly fields?: PlannedOperation['fields'];
  readonly dependsOn?: readonly Draft[];
}

/** In place of what would be empty in each of very many operations. */
export const noFields: PlannedOperation['fields'] = Object.freeze([]);
export const noDrafts: readonly Draft[] = Object.freeze([]);

/** Collects operations by phase. Within a phase they keep the order in which they came, which is the canonical one. */
export class Drafts {
  readonly #byPhase = new Map<Phase, Draft[]>(phases.map((phase) => [phase, []]));
  readonly #services = new Set<ServiceId>();
  #last: ServiceId | undefined;

  add(fields: DraftFields): Draft {
    const draft = complete(fields);
    this.#byPhase.get(draft.phase)?.push(draft);
    const { service } = draft;
    if (service !== undefined && service !== this.#last) this.#services.add(service);
    this.#last = service;
    return draft;
  }

  /** Services that operations are about. */
  get services(): ReadonlySet<ServiceId> {
    return this.#services;
  }

  all(): Draft[] {
    return ([] as Draft[]).concat(...this.#byPhase.values());
  }

  /** Operations of one kind. */
  of(phase: Phase, op: OperationKind): Draft[] {
    return this.#byPhase.get(phase)?.filter((draft) => draft.op === op) ?? [];
  }

  /** The operations, the drafts themselves, numbered in the order of execution. */
  *number(): Steps<PlannedOperation[]> {
    const drafts = this.all();
    const digits = Math.max(4, String(drafts.length).length);
    let last = noDrafts;
    let names: readonly string[] = [];
    for (let index = 0; index < drafts.length; index += 1) {
      const draft = drafts[index] as Draft;
      draft.id = String(index + 1).padStart(digits, '0');
      const dependsOn = draft.dependsOn as readonly Draft[];
      // Those of one service depend on the same, which comes before them and has its name.
      if (dependsOn !== last) {
        last = dependsOn;
        names = dependsOn.map(({ id }) => id);
      }
      draft.dependsOn = names;
      if (index % stride === 0) yield;
    }
    return drafts as PlannedOperation[];
  }
}

/** Operations that are numbered in a step. */
const stride = 256;

/**
 * Put together field by field, the usual ones at once: a spread costs a hundred times as much, and a field that is added
 * later takes memory besides.
 */
function complete(given: DraftFields): Draft {
  const { phase, op, service, destination, address, before, after, deferred } = given;
  const { fields = noFields, reason, impact, dependsOn = noDrafts } = given;
  const id = '';
  const draft: Draft =
    service !== undefined && destination !== undefined
      ? { id, phase, op, before, after, fields, reason, impact, dependsOn, service, destination }
      : { id, phase, op, before, after, fields, reason, impact, dependsOn };
  if (service !== undefined) draft.service = service;
  if (address !== undefined) draft.address = address;
  if (deferred !== undefined) draft.deferred = deferred;
  return draft;
}

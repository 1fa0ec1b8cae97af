import type { OperationKind, Phase, PlannedOperation } from '../../../types/plan.js';
import type { Mutable } from '../../model/fields.js';
import type { Steps } from '../document/steps.js';
import { phases } from '../plan/phases.js';

/** An operation that has no number yet, and depends on others that have none. */
export interface Draft extends Omit<PlannedOperation, 'id' | 'fields' | 'dependsOn'> {
  readonly fields?: PlannedOperation['fields'];
  readonly dependsOn?: readonly Draft[];
}

/** Collects operations by phase. Within a phase they keep the order in which they came, which is the canonical one. */
export class Drafts {
  readonly #byPhase = new Map<Phase, Draft[]>(phases.map((phase) => [phase, []]));

  add(draft: Draft): Draft {
    this.#byPhase.get(draft.phase)?.push(draft);
    return draft;
  }

  all(): Draft[] {
    return ([] as Draft[]).concat(...this.#byPhase.values());
  }

  /** Operations of one kind. */
  of(phase: Phase, op: OperationKind): Draft[] {
    return this.#byPhase.get(phase)?.filter((draft) => draft.op === op) ?? [];
  }

  /** The operations, numbered in the order of execution. */
  *number(): Steps<PlannedOperation[]> {
    const drafts = this.all();
    const digits = Math.max(4, String(drafts.length).length);
    const ids = new Map<Draft, string>();
    const operations: PlannedOperation[] = [];
    for (const [index, draft] of drafts.entries()) {
      const id = String(index + 1).padStart(digits, '0');
      ids.set(draft, id);
      // What an operation depends on comes before it.
      const dependsOn = draft.dependsOn?.map((other) => ids.get(other) as string) ?? [];
      operations.push(numbered(draft, id, dependsOn));
      if (index % stride === 0) yield;
    }
    return operations;
  }
}

/** Operations that are numbered in a step. */
const stride = 256;

/** Put together field by field: a spread costs a hundred times as much. */
function numbered(draft: Draft, id: string, dependsOn: readonly string[]): PlannedOperation {
  const { phase, op, service, destination, address, before, after, deferred } = draft;
  const { fields = [], reason, impact } = draft;
  const operation: Mutable<PlannedOperation> = {
    id,
    phase,
    op,
    before,
    after,
    fields,
    reason,
    impact,
    dependsOn,
  };
  if (service !== undefined) operation.service = service;
  if (destination !== undefined) operation.destination = destination;
  if (address !== undefined) operation.address = address;
  if (deferred !== undefined) operation.deferred = deferred;
  return operation;
}

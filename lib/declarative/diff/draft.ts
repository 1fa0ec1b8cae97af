import type { DestinationId } from '../../../types/destination.js';
import type {
  Deferred,
  FieldChange,
  Impact,
  OperationKind,
  OperationObject,
  Phase,
  PlannedOperation,
  Reason,
} from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import { phases } from '../plan/phases.js';

/** An operation that has no number yet. */
export interface Draft {
  readonly phase: Phase;
  readonly op: OperationKind;
  readonly service?: ServiceId;
  readonly destination?: DestinationId;
  readonly address?: string;
  readonly before: OperationObject | null;
  readonly after: OperationObject | null;
  readonly fields?: readonly FieldChange[];
  readonly reason: Reason;
  readonly impact: readonly Impact[];
  readonly deferred?: Deferred;
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
    return [...this.#byPhase.values()].flat();
  }

  /** Operations of one kind. */
  of(phase: Phase, op: OperationKind): Draft[] {
    return this.#byPhase.get(phase)?.filter((draft) => draft.op === op) ?? [];
  }

  /** The operations, numbered in the order of execution. */
  number(): PlannedOperation[] {
    const drafts = this.all();
    const digits = Math.max(4, String(drafts.length).length);
    const ids = new Map<Draft, string>();
    for (const [index, draft] of drafts.entries()) {
      ids.set(draft, String(index + 1).padStart(digits, '0'));
    }
    return drafts.map((draft) => numbered(draft, ids));
  }
}

function numbered(draft: Draft, ids: ReadonlyMap<Draft, string>): PlannedOperation {
  const { dependsOn = [], fields = [], ...rest } = draft;
  return {
    ...rest,
    id: ids.get(draft) as string,
    fields,
    dependsOn: dependsOn.map((other) => ids.get(other) as string),
  };
}

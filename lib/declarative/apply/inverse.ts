import type { OperationKind, Phase, PlannedOperation } from '../../../types/plan.js';
import { forEachOutcome, type Outcomes } from './results.js';

const inverses: {
  readonly [Op in OperationKind]?: { readonly op: OperationKind; readonly phase: Phase };
} = {
  'bind-vip': { op: 'unbind-vip', phase: 'unbind' },
  'unbind-vip': { op: 'bind-vip', phase: 'bind' },
  'ensure-device': { op: 'remove-device', phase: 'cleanup' },
  'remove-device': { op: 'ensure-device', phase: 'device' },
  'set-timeouts': { op: 'set-timeouts', phase: 'settings' },
  'set-sysctl': { op: 'set-sysctl', phase: 'settings' },
};

/** What undoes the operations that were done and are not about services, the last one first. */
export function inverseOf(outcomes: Outcomes): PlannedOperation[] {
  const inverted: PlannedOperation[] = [];
  forEachOutcome(outcomes, (operation, { status }) => {
    const inverse = inverses[operation.op];
    if (inverse === undefined || status !== 'ok') return;
    const { before: after, after: before } = operation;
    const id = `undo ${operation.id}`;
    inverted.push({ ...operation, ...inverse, id, before, after, dependsOn: [] });
  });
  return inverted.reverse();
}

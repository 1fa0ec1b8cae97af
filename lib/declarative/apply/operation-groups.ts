import type { PlannedOperation } from '../../../types/plan.js';

/** Operations by phase, in the order of execution. */
export function groupByPhase(operations: Iterable<PlannedOperation>): PlannedOperation[][] {
  const groups: PlannedOperation[][] = [];
  let group: PlannedOperation[] = [];
  for (const operation of operations) {
    if (group.length === 0 || operation.phase !== group[0]?.phase) {
      group = [];
      groups.push(group);
    }
    group.push(operation);
  }
  return groups;
}

/** What an operation is about: a service with its destinations, an address, a device or a setting. */
export function targetOf({
  service,
  address,
}: Pick<PlannedOperation, 'service' | 'address'>): string {
  return service ?? address ?? '';
}

/** Operations without those that are about certain targets, and without those that depend on these. */
export function withoutTargets(
  operations: readonly PlannedOperation[],
  targets: ReadonlySet<string>,
): PlannedOperation[] {
  const left = new Set<string>();
  return operations.filter((operation) => {
    const isLeft =
      targets.has(targetOf(operation)) || operation.dependsOn.some((id) => left.has(id));
    if (isLeft) left.add(operation.id);
    return !isLeft;
  });
}

/** Whether an operation takes a destination away, or a service. */
export function isRemoval({ op }: PlannedOperation): boolean {
  return op === 'del-dest' || op === 'del-service';
}

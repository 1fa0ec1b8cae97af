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

/** What an operation does, and to what. */
export type Deed = Pick<PlannedOperation, 'op' | 'service' | 'destination' | 'address'>;

/** The same for operations of several plans that do the same to the same. */
export function keyOf({ op, service, destination, address }: Deed): string {
  return `${op} ${service ?? address ?? ''} ${destination ?? ''}`;
}

/** Operations without some, and without those that depend on these. */
export function withoutSome(
  operations: readonly PlannedOperation[],
  isLeftOut: (operation: PlannedOperation) => boolean,
): PlannedOperation[] {
  const left = new Set<string>();
  return operations.filter((operation) => {
    const isLeft = isLeftOut(operation) || operation.dependsOn.some((id) => left.has(id));
    if (isLeft) left.add(operation.id);
    return !isLeft;
  });
}

/** Whether an operation takes a destination away, or a service. */
export function isRemoval({ op }: PlannedOperation): boolean {
  return op === 'del-dest' || op === 'del-service';
}

import type { PlannedOperation } from '../../../types/plan.js';

/** Operations, which are in the order of execution, by phase. */
export function groupByPhase(
  operations: readonly PlannedOperation[],
): (readonly PlannedOperation[])[] {
  const groups: (readonly PlannedOperation[])[] = [];
  for (let from = 0; from < operations.length; ) {
    const end = endOfPhase(operations, from);
    // Very many are nearly always of one phase.
    const isAll = end - from === operations.length;
    groups.push(isAll ? operations : operations.slice(from, end));
    from = end;
  }
  return groups;
}

/** Looks at a few, because there can be very many. */
function endOfPhase(operations: readonly PlannedOperation[], from: number): number {
  const phase = operations[from]?.phase;
  let [within, end] = [from, operations.length];
  while (end - within > 1) {
    const middle = (within + end) >> 1;
    if (operations[middle]?.phase === phase) within = middle;
    else end = middle;
  }
  return end;
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

/** The operations of a further round, by names that no other round has. */
export function inRound(
  operations: readonly PlannedOperation[],
  round: number,
): PlannedOperation[] {
  const name = (id: string) => `${round}.${id}`;
  return operations.map((operation) => {
    const { id, dependsOn } = operation;
    return { ...operation, id: name(id), dependsOn: dependsOn.map(name) };
  });
}

/** Whether an operation takes a destination away, or a service. */
export function isRemoval({ op }: Pick<PlannedOperation, 'op'>): boolean {
  return op === 'del-dest' || op === 'del-service';
}

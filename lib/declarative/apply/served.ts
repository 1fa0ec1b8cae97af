import type { Plan, PlannedOperation } from '../../../types/plan.js';
import { addressesOf } from '../canonical.js';

/** Tells of operations on addresses whether a service was there on the address before the plan, and stays. */
export function isServed({ desired, operations }: Plan): (operation: PlannedOperation) => boolean {
  let served: ReadonlySet<string> | undefined;
  return ({ after }) => {
    if (after === null || !('address' in after)) return false;
    if (served === undefined) {
      const added = new Set(
        operations.flatMap(({ op, service }) => (op === 'add-service' ? service : [])),
      );
      const present = desired.services.filter(({ id }) => !added.has(id));
      served = addressesOf(present);
    }
    return served.has(after.address);
  };
}

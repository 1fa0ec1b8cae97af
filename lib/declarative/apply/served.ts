import type { Plan, PlannedOperation } from '../../../types/plan.js';

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
      served = new Set(present.flatMap((each) => ('fwmark' in each ? [] : each.address)));
    }
    return served.has(after.address);
  };
}

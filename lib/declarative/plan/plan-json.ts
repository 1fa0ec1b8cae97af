import type { DesiredState } from '../../../types/document.js';
import type { Plan, PlanJSON } from '../../../types/plan.js';
import { compareAddresses } from '../../model/address.js';
import { addressesOf } from '../canonical.js';
import { sortKeys } from './sorted.js';

/**
 * A plan as plain data with sorted keys: equal plans give equal text. It keeps, of what should be, what the plan touches,
 * so that it can be checked and carried out elsewhere and later.
 */
export function planToJSON(plan: Plan): PlanJSON {
  return sortKeys({
    ...plan,
    desired: touchedState(plan),
    formatVersion: '1.0',
    kind: 'ipvs-plan',
  });
}

/** {@link planToJSON} as text that ends with a newline: the same plan gives the same bytes. */
export function stringifyPlan(plan: Plan): string {
  return `${JSON.stringify(planToJSON(plan), undefined, 2)}\n`;
}

/** What should be of the services that a plan touches, and of addresses and settings. */
export function touchedState({ desired, operations }: Plan): DesiredState {
  const touched = new Set(operations.map(({ service }) => service));
  const { vips } = desired;
  // Which addresses are wanted is known of the whole state alone.
  const bind =
    vips?.bind === 'services'
      ? [...addressesOf(desired.services)].sort(compareAddresses)
      : vips?.bind;
  return {
    ...desired,
    services: desired.services.filter(({ id }) => touched.has(id)),
    absent: desired.absent.filter(({ id }) => touched.has(id)),
    ...(vips === undefined || bind === undefined ? {} : { vips: { ...vips, bind } }),
    warnings: [],
  };
}

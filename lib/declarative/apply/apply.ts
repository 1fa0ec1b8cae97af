import type { ApplyOptions, ApplyReport } from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type { Plan } from '../../../types/plan.js';
import { checkPlanOptions } from '../plan/options.js';
import { Application } from './application.js';
import { checkApplyOptions } from './check-options.js';

/**
 * Carries a plan out: first it looks whether what the plan touches is still as it was, then it does one phase after the
 * other, waits for what drains, and looks whether all is as it should be. Resolves with a report, also when operations
 * failed or the signal was aborted. Rejects with {@link PlanError} for a plan that has errors, with {@link ApplyError} for one
 * that is stale (`E_STALE_PLAN`), without the privilege (`E_PERMISSION`), and where the kernel has no IPVS (`E_MODULE`);
 * with `InvalidValueError` for wrong options, also those of the plan; and with what the backend rejects with where the first reading fails.
 */
export async function apply(
  backend: Backend,
  plan: Plan,
  options: ApplyOptions = {},
): Promise<ApplyReport> {
  checkApplyOptions(options);
  checkPlanOptions(plan.options, 'plan.options.');
  return new Application(backend, plan, options).run();
}

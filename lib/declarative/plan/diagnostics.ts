import type { Diagnostic, Plan } from '../../../types/plan.js';

/** What keeps a plan from being carried out. */
export function errorsOf({ diagnostics }: Pick<Plan, 'diagnostics'>): Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === 'error');
}

/** Whether a plan has errors, which keep it from being carried out. */
export function hasErrors({ diagnostics }: Pick<Plan, 'diagnostics'>): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

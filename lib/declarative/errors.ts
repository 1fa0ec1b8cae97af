import type { ApplyReport } from '../../types/apply.js';
import type { DiagnosticCode } from '../../types/issue.js';
import type { Diagnostic, Plan } from '../../types/plan.js';
import { errorsOf } from './plan/diagnostics.js';

/** A plan has errors among its diagnostics; nothing of it was carried out. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
  /** The code of the first error, such as `E_DELETE_LIMIT`. */
  readonly code: string;
  /** Every error of the plan. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(plan: Plan) {
    const errors = errorsOf(plan);
    super(`the plan cannot be carried out:\n${errors.map(describe).join('\n')}`);
    this.code = errors[0]?.code ?? 'E_UNSUPPORTED';
    this.diagnostics = errors;
  }
}

/** What a run was ended by: a plan that no longer fits, a privilege or a module that is missing; or why an operation failed. */
export class ApplyError extends Error {
  override readonly name = 'ApplyError';
  /**
   * `E_STALE_PLAN`, `E_PERMISSION` or `E_MODULE`; of a single operation, as `drain` and a `Reconciler` know it, also
   * `E_SCHEDULER_NOT_FOUND`, `E_ENGINE_NOT_FOUND`, `E_UNSUPPORTED`, `E_CONTENTION` and `E_KERNEL`.
   */
  readonly code: DiagnosticCode;
  /** How far the run came; absent when nothing had been done. */
  readonly report: ApplyReport | undefined;

  constructor(
    code: DiagnosticCode,
    message: string,
    options: { readonly report?: ApplyReport; readonly cause?: unknown } = {},
  ) {
    super(
      `${code}: ${message}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.report = options.report;
  }
}

function describe({ code, address, path, message }: Diagnostic): string {
  const where = address ?? path;
  return `  ${code}${where === undefined ? '' : ` ${where}`}: ${message}`;
}

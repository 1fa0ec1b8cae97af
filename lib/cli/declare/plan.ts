import type { DiffOptions } from '../../../types/plan.js';
import { hasErrors } from '../../declarative/plan/diagnostics.js';
import { stringifyPlan } from '../../declarative/plan/plan-json.js';
import type { Context } from '../context.js';
import { normalizeOptions, type PlanVerbOptions } from '../plan-options.js';
import { type KernelOptions, type OutputOptions, withIpvs } from '../verb.js';
import { writePrivateFile } from '../write-file.js';
import { makePlan, openState, readDesired, showPlan } from './make-plan.js';

/** What `plan` can be told. */
export interface PlanCommandOptions extends KernelOptions, OutputOptions, PlanVerbOptions {
  readonly operations?: boolean;
  readonly verbose?: boolean;
  readonly out?: string;
  readonly detailedExitcode?: boolean;
}

/** Shows what a document would change. */
export async function runPlan(
  context: Context,
  file: string,
  options: PlanCommandOptions,
  planned: DiffOptions,
): Promise<void> {
  const { json, out, detailedExitcode } = options;
  const desired = await readDesired(context, file, normalizeOptions(options));
  const state = await openState(options.state);
  const plan = await withIpvs(context, options, (ipvs) => makePlan(ipvs, desired, planned, state));
  if (json === true) context.stdout.write(stringifyPlan(plan));
  else showPlan(context, context.stdout, plan, options, desired);
  if (hasErrors(plan)) {
    context.exitCode = 1;
    if (out !== undefined)
      context.stderr.write(`ipvs: ${out}: not saved, for the plan has errors\n`);
    return;
  }
  if (out !== undefined) await writePrivateFile(out, stringifyPlan(plan));
  if (detailedExitcode === true && plan.operations.length > 0) context.exitCode = 2;
}

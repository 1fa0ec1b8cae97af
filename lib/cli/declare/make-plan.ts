import type { DesiredState, NormalizeOptions } from '../../../types/document.js';
import type { DiffOptions, Plan } from '../../../types/plan.js';
import { diff } from '../../declarative/diff/diff.js';
import { type FormatPlanOptions, formatPlan } from '../../declarative/plan/format-plan.js';
import { readState } from '../../declarative/read-state.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import { makePaint, showsColour } from '../colour.js';
import type { Context, Output } from '../context.js';
import { readDocumentFile } from '../document-file.js';
import { formatFinding } from '../source-text.js';
import { StateFile } from '../state-file.js';

/** Reads what a file asks for. What it is warned of goes to the error stream. */
export async function readDesired(
  context: Context,
  file: string,
  options: NormalizeOptions,
): Promise<DesiredState> {
  const document = await readDocumentFile(context, file);
  const desired = document.normalize(options);
  const paint = makePaint(context, context.stderr);
  for (const finding of document.findings(desired.warnings)) {
    context.stderr.write(formatFinding(document.source, finding, paint));
  }
  return desired;
}

/** The state that an option names, if one does. */
export async function openState(path: string | undefined): Promise<StateFile | undefined> {
  return path === undefined ? undefined : StateFile.open(path);
}

/** Compares what should be with what is there. */
export async function makePlan(
  ipvs: Ipvs,
  desired: DesiredState,
  options: Omit<DiffOptions, 'record' | 'drains' | 'now'>,
  state: StateFile | undefined,
  signal?: AbortSignal,
): Promise<Plan> {
  const aborting = signal === undefined ? {} : { signal };
  const actual = await readState(ipvs, { desired, lazy: true, ...aborting });
  const known = state === undefined ? {} : { drains: state.drains, now: Date.now() };
  const record = state?.record === undefined ? {} : { record: state.record };
  return diff(desired, actual, { ...options, ...known, ...record });
}

/** Shows a plan; warnings that have been told with their place in the document are left out. */
export function showPlan(
  context: Context,
  output: Output,
  plan: Plan,
  options: FormatPlanOptions,
  { warnings }: Pick<DesiredState, 'warnings'>,
): void {
  const told = new Set(warnings.map(({ code, message }) => `${code} ${message}`));
  const diagnostics = plan.diagnostics.filter(
    ({ code, message }) => !told.has(`${code} ${message}`),
  );
  const color = showsColour(context, output);
  output.write(`${formatPlan({ ...plan, diagnostics }, { ...options, color })}\n`);
}

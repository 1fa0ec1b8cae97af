import type { ApplyOptions, ApplyReport } from '../../../types/apply.js';
import type { DesiredState } from '../../../types/document.js';
import type { DiffOptions, Plan } from '../../../types/plan.js';
import { apply } from '../../declarative/apply/apply.js';
import { ApplyError, PlanError } from '../../declarative/errors.js';
import { hasErrors } from '../../declarative/plan/diagnostics.js';
import { planToJSON } from '../../declarative/plan/plan-json.js';
import { planFromJSON } from '../../declarative/plan/read-plan.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import { makePaint } from '../colour.js';
import type { Context, Output } from '../context.js';
import { printJson } from '../json.js';
import { LiveLine } from '../live-line.js';
import { normalizeOptions, type PlanVerbOptions } from '../plan-options.js';
import { readText, standardInput } from '../read-text.js';
import type { StateFile } from '../state-file.js';
import { type KernelOptions, type OutputOptions, withIpvs } from '../verb.js';
import { ApplyProgress } from './apply-progress.js';
import { canAsk, confirm } from './confirm.js';
import { makePlan, openState, readDesired, showPlan } from './make-plan.js';
import { formatReport } from './report-text.js';

/** What `apply` can be told. */
export interface ApplyCommandOptions extends KernelOptions, OutputOptions, PlanVerbOptions {
  readonly plan?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly wait: boolean;
  readonly operations?: boolean;
  readonly verbose?: boolean;
  readonly onError?: ApplyOptions['onError'];
  readonly stale?: ApplyOptions['stale'];
  readonly maxRounds?: number;
}

/** Where a plan comes from: a document that is compared with what is there, or a file. */
interface Source {
  /** What people were told already. */
  readonly told: Pick<DesiredState, 'warnings'>;
  plan(ipvs: Ipvs, signal: AbortSignal): Promise<Plan>;
}

/** Shows what a document or a saved plan changes, asks, and carries it out. */
export async function runApply(
  context: Context,
  file: string | undefined,
  options: ApplyCommandOptions,
  planned: DiffOptions,
): Promise<void> {
  checkCanAsk(context, file ?? options.plan, options);
  const state = await openState(options.state);
  const source =
    options.plan === undefined
      ? await fromDocument(context, file as string, options, planned, state)
      : await fromPlan(context, options.plan);
  const { signal } = context;
  const report = await withIpvs(context, options, async (ipvs) => {
    const plan = await source.plan(ipvs, signal);
    const output = options.json === true ? context.stderr : context.stdout;
    const asks = options.yes !== true && options.dryRun !== true && plan.operations.length > 0;
    if (options.json !== true || asks) showPlan(context, output, plan, options, source.told);
    if (hasErrors(plan)) throw new PlanError(plan);
    if (asks && !(await confirm(context, output, question(plan), signal))) return undefined;
    return carryOut(context, ipvs, plan, options, { state, asks, signal });
  });
  if (report === undefined) throw new Error('not confirmed: nothing was done');
  tell(context, report, options);
  if (report.diagnostics.some(({ code }) => code === 'E_ABORTED')) signal.throwIfAborted();
}

/** Nothing is changed that nobody agreed to. */
function checkCanAsk(
  context: Context,
  file: string | undefined,
  { yes, dryRun }: ApplyCommandOptions,
): void {
  if (yes === true || dryRun === true) return;
  if (file !== standardInput && canAsk(context)) return;
  throw new Error(
    'apply asks before it changes anything, and there is no terminal to ask on: nothing was done\n' +
      '--yes carries the plan out unasked, --dry-run shows it only',
  );
}

async function fromDocument(
  context: Context,
  file: string,
  options: ApplyCommandOptions,
  planned: DiffOptions,
  state: StateFile | undefined,
): Promise<Source> {
  const desired = await readDesired(context, file, normalizeOptions(options));
  return { told: desired, plan: (ipvs, signal) => makePlan(ipvs, desired, planned, state, signal) };
}

async function fromPlan(context: Context, file: string): Promise<Source> {
  const { name, text } = await readText(context, file);
  try {
    const plan = planFromJSON(text);
    return { told: { warnings: [] }, plan: async () => plan };
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  }
}

function question({ operations }: Plan): string {
  const count =
    operations.length === 1 ? 'this operation' : `these ${operations.length} operations`;
  return `Carry out ${count}?`;
}

async function carryOut(
  context: Context,
  ipvs: Ipvs,
  plan: Plan,
  options: ApplyCommandOptions,
  { state, asks, signal }: { state: StateFile | undefined; asks: boolean; signal: AbortSignal },
): Promise<ApplyReport> {
  const line = new LiveLine(progressOutput(context, options));
  const isQuiet = options.json === true && !line.isLive;
  const progress = new ApplyProgress(line, plan.operations.length, options.operations === true);
  try {
    const report = await apply(ipvs, plan, {
      ...applyOptions(options, asks),
      signal,
      ...(state === undefined ? {} : { drainStore: state }),
      ...(isQuiet ? {} : { onOperation: progress.onOperation, onDrain: progress.onDrain }),
    });
    if (options.dryRun !== true) await state?.saveRecord(report.record);
    return report;
  } catch (error) {
    if (error instanceof ApplyError && error.report !== undefined) {
      await state?.saveRecord(error.report.record);
    }
    throw error;
  } finally {
    line.end();
  }
}

/** With a report for programs, the output has nothing else. */
function progressOutput({ stdout, stderr }: Context, { json }: ApplyCommandOptions): Output {
  return json === true ? stderr : stdout;
}

/** What somebody has looked at and agreed to must not be something else a moment later. */
function applyOptions(
  { onError, stale, maxRounds, dryRun, wait }: ApplyCommandOptions,
  asked: boolean,
): ApplyOptions {
  const known = stale ?? (asked ? 'fail' : undefined);
  return {
    wait,
    ...(onError === undefined ? {} : { onError }),
    ...(known === undefined ? {} : { stale: known }),
    ...(maxRounds === undefined ? {} : { maxRounds }),
    ...(dryRun === undefined ? {} : { dryRun }),
  };
}

function tell(context: Context, report: ApplyReport, { json, dryRun }: ApplyCommandOptions): void {
  if (json === true) {
    printJson(context, { ...report, plan: planToJSON(report.plan) });
  } else if (dryRun === true) {
    context.stdout.write('Dry run: nothing was done.\n');
  } else if (report.results.length > 0 || report.diagnostics.length > 0) {
    context.stdout.write(formatReport(report, makePaint(context, context.stdout)));
  }
  if (dryRun === true) return;
  context.exitCode = !report.ok || !report.converged ? 1 : report.pending > 0 ? 3 : 0;
}

import type { Command } from 'commander';
import type { ApplyReport } from '../../../types/apply.js';
import type { Plan } from '../../../types/plan.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import { showsColour } from '../colour.js';
import type { Context } from '../context.js';
import { printJson } from '../json.js';
import type { DaemonPlan } from '../restore/daemons.js';
import { type Format, formats } from '../restore/formats.js';
import type { Saved } from '../restore/read-saved.js';
import {
  addExamples,
  addJsonOption,
  addKernelOptions,
  type KernelOptions,
  type OutputOptions,
  oneOf,
  withIpvs,
} from '../verb.js';

interface RestoreOptions extends KernelOptions, OutputOptions {
  readonly format?: Format;
  readonly fromIpvsadm?: boolean;
  readonly exact?: boolean;
  readonly allowEmpty?: boolean;
  readonly dryRun?: boolean;
  readonly drain: boolean;
  readonly wait: boolean;
}

/** What is to be done. */
interface Task {
  readonly plan: Plan;
  readonly daemons: DaemonPlan;
}

export function configure(command: Command, context: Context): void {
  command
    .description(
      'Bring back what was saved, as rules of ipvsadm or as a document. Only what differs is changed, without flushing,\n' +
        'and nothing is taken away unless --exact says so.',
    )
    .argument('[file]', 'what was saved; - or nothing: what is read', '-')
    .option('--format <format>', `${formats.join(', ')} (default: as it looks)`, oneOf(...formats))
    .option('--from-ipvsadm', 'it was written by ipvsadm -S, of any version')
    .option('--exact', 'take away services and destinations that are not in it')
    .option('--allow-empty', 'with --exact: take away everything where it has no services')
    .option('--no-drain', 'with --exact: do not wait for connections to end')
    .option('--no-wait', 'with --exact: leave while connections end (exit code 3)')
    .option('--dry-run', 'show what would change, and change nothing');
  addJsonOption(addKernelOptions(command));
  addExamples(
    command,
    ['ipvs restore /etc/ipvs.rules', 'add and change what differs'],
    ['ipvs restore --exact --dry-run /etc/ipvs.rules', 'show what else would be taken away'],
    ['ipvsadm -Sn | ipvs restore --from-ipvsadm --netns blue', 'copy services to a namespace'],
  );
  command.action((file: string, options: RestoreOptions) => restore(file, options, context));
}

async function restore(file: string, options: RestoreOptions, context: Context): Promise<void> {
  const { readSaved } = await import('../restore/read-saved.js');
  const format = options.fromIpvsadm === true ? 'rules' : options.format;
  const saved = await readSaved(context, file, format);
  await withIpvs(context, options, async (ipvs) => {
    const task = await planRestore(ipvs, saved, options);
    if (options.json !== true) await showTask(task, context);
    const report =
      options.dryRun === true ? undefined : await carryOut(ipvs, task, options, context);
    if (options.json === true) await printTask(task, report, context);
    context.exitCode = exitCodeOf(task, report);
  });
}

async function planRestore(
  ipvs: Ipvs,
  { state, daemons }: Saved,
  { exact, allowEmpty, drain }: RestoreOptions,
): Promise<Task> {
  const [{ readState }, { diff }, { keepDestinations }, { planDaemons }] = await Promise.all([
    import('../../declarative/read-state.js'),
    import('../../declarative/diff/diff.js'),
    import('../restore/keep-destinations.js'),
    import('../restore/daemons.js'),
  ]);
  const snapshot = await readState(ipvs, { desired: state });
  const desired = exact === true ? state : keepDestinations(state, snapshot);
  const plan = diff(desired, snapshot, {
    scope: { mode: exact === true ? 'exclusive' : 'declared' },
    ...(drain ? {} : { drain: { mode: 'immediate' } }),
    ...(allowEmpty === true ? { allowEmpty } : {}),
  });
  return { plan, daemons: planDaemons(daemons, await ipvs.syncDaemons()) };
}

async function showTask({ plan, daemons }: Task, context: Context): Promise<void> {
  const { formatPlan } = await import('../../declarative/plan/format-plan.js');
  const color = showsColour(context, context.stdout);
  context.stdout.write(`${formatPlan(plan, { color })}\n`);
  for (const { role, interface: device } of daemons.start) {
    context.stdout.write(`Start the ${role} sync daemon on ${device}.\n`);
  }
  for (const message of daemons.conflicts) context.stderr.write(`ipvs: ${message}\n`);
}

async function carryOut(
  ipvs: Ipvs,
  { plan, daemons }: Task,
  { wait, json }: RestoreOptions,
  context: Context,
): Promise<ApplyReport> {
  const report = await ipvs.apply(plan, { wait, signal: context.signal });
  for (const daemon of daemons.start) await ipvs.startSyncDaemon(daemon);
  if (json !== true) {
    for (const { status, message, service, destination, address } of report.results) {
      if (status !== 'failed') continue;
      const target =
        destination === undefined ? (service ?? address) : `${service} -> ${destination}`;
      context.stderr.write(`ipvs: ${target}: ${message}\n`);
    }
  }
  return report;
}

async function printTask(
  { plan, daemons }: Task,
  report: ApplyReport | undefined,
  context: Context,
): Promise<void> {
  const { planToJSON } = await import('../../declarative/plan/plan-json.js');
  const { plan: _, ...outcome } = report ?? { plan };
  printJson(context, { plan: planToJSON(plan), daemons, ...(report && { report: outcome }) });
}

function exitCodeOf({ plan, daemons }: Task, report: ApplyReport | undefined): number {
  const hasErrors = plan.diagnostics.some(({ severity }) => severity === 'error');
  if (hasErrors || daemons.conflicts.length > 0 || report?.ok === false) return 1;
  return report !== undefined && report.pending > 0 ? 3 : 0;
}

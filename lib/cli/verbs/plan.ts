import type { Command } from 'commander';
import type { Context } from '../context.js';
import type { PlanCommandOptions } from '../declare/plan.js';
import { addPlanOptions, planOptions } from '../plan-options.js';
import { addExamples, addJsonOption, addKernelOptions } from '../verb.js';

export function configure(command: Command, context: Context): void {
  command
    .argument('<file>', 'the document, in YAML or JSON; - is standard input')
    .option('--operations', 'show the single operations as well, in their order')
    .option('--verbose', 'show what does not change as well')
    .option('--out <file>', 'save the plan as JSON, for ipvs apply --plan')
    .option('--detailed-exitcode', 'end with 2 when there is something to change');
  addJsonOption(addKernelOptions(addPlanOptions(command)));
  addExamples(
    command,
    ['ipvs plan web.yaml', 'what would change'],
    ['ipvs plan web.yaml --select 10.9.0.0/24', '... and what of that network goes'],
    ['ipvs plan web.yaml --out web.plan', '... saved, to be applied later'],
    ['ipvs plan - --exclusive --detailed-exitcode', 'a check for scripts: 0 as it is, 2 changes'],
  );
  command.action(async (file: string, options: PlanCommandOptions) => {
    const planned = planOptions(command, options);
    const { runPlan } = await import('../declare/plan.js');
    await runPlan(context, file, options, planned);
  });
}

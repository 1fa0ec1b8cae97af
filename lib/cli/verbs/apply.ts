import { type Command, Option } from 'commander';
import type { Context } from '../context.js';
import type { ApplyCommandOptions } from '../declare/apply.js';
import { addPlanOptions, planOptionNames, planOptions } from '../plan-options.js';
import { addExamples, addJsonOption, addKernelOptions, oneOf, wholeNumber } from '../verb.js';

export function configure(command: Command, context: Context): void {
  command
    .argument('[file]', 'the document, in YAML or JSON; - is standard input')
    .addOption(
      new Option('--plan <file>', 'carry out a plan that ipvs plan --out saved').conflicts([
        ...planOptionNames,
      ]),
    )
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'show the plan, check, and change nothing')
    .option('--no-wait', 'do not wait for connections to end; end with 3 when some still do')
    .option('--operations', 'show the single operations, and what becomes of each')
    .option('--verbose', 'show what does not change as well')
    .option(
      '--on-error <mode>',
      'after a failure: continue with other services (default), stop, or rollback',
      oneOf('continue', 'stop', 'rollback'),
    )
    .option(
      '--stale <mode>',
      'when others have changed something meanwhile: replan (default), fail (default for what was agreed to), or force',
      oneOf('replan', 'fail', 'force'),
    )
    .option(
      '--max-rounds <number>',
      'how often to begin anew when others write as well (default 3)',
      wholeNumber(1, 1000),
    );
  addJsonOption(addKernelOptions(addPlanOptions(command)));
  addExamples(
    command,
    ['ipvs apply web.yaml', 'show the plan, ask, and carry it out'],
    ['ipvs apply web.yaml --yes --no-wait', 'unasked, and drains are left to the next run'],
    ['ipvs apply --plan web.plan', 'what somebody has looked at, if it still fits'],
    [
      'ipvs apply web.yaml --yes --state /var/lib/ipvs/web.json',
      'remove what was made before as well',
    ],
  );
  command.action(async (file: string | undefined, options: ApplyCommandOptions) => {
    if ((file === undefined) === (options.plan === undefined)) {
      command.error("error: expected either a document or option '--plan <file>'");
    }
    const planned = planOptions(command, options);
    const { runApply } = await import('../declare/apply.js');
    await runApply(context, file, options, planned);
  });
}

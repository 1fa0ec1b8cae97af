import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../declarative/document/duration.js';
import type { Context } from '../context.js';
import type { WatchCommandOptions } from '../declare/watch.js';
import { addPlanOptions, planOptions } from '../plan-options.js';
import { addExamples, addKernelOptions, oneOf } from '../verb.js';

export function configure(command: Command, context: Context): void {
  command
    .argument('<file>', 'the document, in YAML or JSON, which is read again whenever it changes')
    .option('--verbose', 'tell of every look, also where there is nothing to do')
    .option(
      '--resync <time>',
      'look at what is there at least so often, such as 10s or 5m (default 30s)',
      parseInterval,
    )
    .option(
      '--on-stop <mode>',
      'at the end: keep everything (default), quiesce (no new connections), or remove',
      oneOf('keep', 'quiesce', 'remove'),
    )
    .option(
      '--on-error <mode>',
      'after a failure: continue with other services (default), stop, or rollback',
      oneOf('continue', 'stop', 'rollback'),
    );
  addKernelOptions(addPlanOptions(command)).option('--json', 'an object of JSON for each event');
  addExamples(
    command,
    ['ipvs watch /etc/ipvs/web.yaml', 'keep what it names as it says; ^C or SIGTERM ends it'],
    ['ipvs watch web.yaml --exclusive --max-removals 10%', '... and remove everything else'],
    ['systemctl reload ipvs', 'SIGHUP: read the file again'],
  );
  command.action(async (file: string, options: WatchCommandOptions) => {
    const planned = planOptions(command, options);
    const { runWatch } = await import('../declare/watch.js');
    await runWatch(context, file, options, planned);
  });
}

function parseInterval(text: string): number {
  const time = parseDuration(text);
  if (time !== undefined && time >= 100 && time <= 86_400_000) return time;
  throw new InvalidArgumentError(
    'Expected 100 milliseconds to 24 hours, such as 500ms, 10s or 5m.',
  );
}

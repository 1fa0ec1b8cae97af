import type { Command } from 'commander';
import type { Context } from '../context.js';
import type { DrainCommandOptions } from '../declare/drain.js';
import { addDrainOptions } from '../plan-options.js';
import { addExamples, addJsonOption, addKernelOptions } from '../verb.js';

export function configure(command: Command, context: Context): void {
  command
    .argument('<service>', 'the service, such as tcp/10.0.0.1:80 or fwmark/7')
    .argument('<destination>', 'its destination, such as 10.1.0.5:80')
    .option('--no-wait', 'do not wait for connections to end; end with 3 when some still do');
  addJsonOption(addKernelOptions(addDrainOptions(command)));
  addExamples(
    command,
    ['ipvs drain tcp/10.0.0.1:80 10.1.0.5:80', 'no new connections, then away, within 300 seconds'],
    [
      'ipvs drain fwmark/7 10.1.0.5 --deadline 1h --until no-active',
      'patient, but not with closed ones',
    ],
  );
  command.action(async (service: string, destination: string, options: DrainCommandOptions) => {
    const { runDrain } = await import('../declare/drain.js');
    await runDrain(context, service, destination, options);
  });
}

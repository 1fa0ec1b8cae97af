import type { Command } from 'commander';
import type { Context } from '../context.js';
import { addExamples } from '../verb.js';

/** The words behind the verb are not looked at here: `run` hands them to the drop-in as they are. */
export function configure(command: Command, context: Context): void {
  command
    .argument('[word...]', 'what ipvsadm would be given')
    .helpOption(false)
    .allowUnknownOption();
  addExamples(
    command,
    ['ipvs ipvsadm -Ln', 'list services, as ipvsadm does'],
    ['ipvs ipvsadm -A -t 10.0.0.1:80 -s rr', 'add a service'],
    ['ln -s "$(command -v ipvs)" /usr/local/sbin/ipvsadm', 'put it in the place of ipvsadm'],
  );
  command.action(async (words: string[]) => {
    const { runIpvsadm } = await import('../ipvsadm/run-ipvsadm.js');
    context.exitCode = await runIpvsadm(words, context);
  });
}

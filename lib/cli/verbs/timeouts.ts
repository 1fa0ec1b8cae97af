import type { Command } from 'commander';
import type { Timeouts } from '../../../types/config.js';
import { timeoutFields } from '../../model/timeouts.js';
import type { Context } from '../context.js';
import { printJson } from '../json.js';
import {
  addExamples,
  addJsonOption,
  addKernelOptions,
  type KernelOptions,
  type OutputOptions,
  wholeNumber,
  withIpvs,
} from '../verb.js';

type TimeoutOptions = KernelOptions & OutputOptions & Partial<Timeouts>;

export function configure(command: Command, context: Context): void {
  const { lowest, highest } = timeoutFields.tcp;
  const seconds = wholeNumber(lowest, highest);
  command
    .option('--tcp <seconds>', 'of established TCP connections', seconds)
    .option('--tcp-fin <seconds>', 'of TCP connections of which one side has said FIN', seconds)
    .option('--udp <seconds>', 'of UDP flows', seconds);
  addJsonOption(addKernelOptions(command));
  addExamples(
    command,
    ['ipvs timeouts', 'how long connections are remembered'],
    ['ipvs timeouts --tcp 7200 --udp 60', 'set two of them, and keep the third'],
  );
  command.action(async (options: TimeoutOptions) => {
    const changes = changesOf(options);
    const timeouts = await withIpvs(context, options, async (ipvs) => {
      if (Object.keys(changes).length > 0) await ipvs.setTimeouts(changes);
      return ipvs.timeouts();
    });
    if (options.json) printJson(context, timeouts);
    else {
      const { tcp, tcpFin, udp } = timeouts;
      context.stdout.write(`tcp      ${tcp} s\ntcp-fin  ${tcpFin} s\nudp      ${udp} s\n`);
    }
  });
}

/** The timeouts that the options name. */
function changesOf({ tcp, tcpFin, udp }: TimeoutOptions): Partial<Timeouts> {
  const named = Object.entries({ tcp, tcpFin, udp }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(named);
}

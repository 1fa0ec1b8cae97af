import type { Command } from 'commander';
import type { Context } from '../context.js';
import { findDestination } from '../find.js';
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

/** The most that the kernel and its schedulers can calculate with. */
const highestWeight = 2_147_483_647;

export function configure(command: Command, context: Context): void {
  command
    .argument('<service>', 'such as tcp/10.0.0.1:80')
    .argument('<destination>', 'such as 10.1.0.5:8080')
    .argument(
      '<weight>',
      '0: no new connections, those that are open go on',
      wholeNumber(0, highestWeight),
    );
  addJsonOption(addKernelOptions(command));
  addExamples(
    command,
    ['ipvs set-weight tcp/10.0.0.1:80 10.1.0.5:8080 0', 'send it nothing new'],
    ['ipvs set-weight fwmark/7 10.1.0.5 3', 'give it three shares'],
  );
  command.action(
    async (
      service: string,
      destination: string,
      weight: number,
      options: KernelOptions & OutputOptions,
    ) => {
      await withIpvs(context, options, async (ipvs) => {
        const { service: id, found } = await findDestination(ipvs, service, destination);
        await ipvs.updateDestination(service, destination, { weight });
        const change = { service: id, destination: found.id, before: found.weight, after: weight };
        if (options.json) printJson(context, change);
        else context.stdout.write(`${id} -> ${found.id}: weight ${found.weight} -> ${weight}\n`);
      });
    },
  );
}

import type { Command } from 'commander';
import type { BoundAddress } from '../../../types/device.js';
import { throwingReport } from '../../model/report.js';
import { checkAddressToBind } from '../../model/virtual-address.js';
import { makePaint } from '../colour.js';
import type { Context } from '../context.js';
import { printJson } from '../json.js';
import { type Column, formatTable } from '../table.js';
import {
  addExamples,
  addJsonOption,
  addKernelOptions,
  type KernelOptions,
  type OutputOptions,
  withIpvs,
} from '../verb.js';

interface VipOptions extends KernelOptions, OutputOptions {
  readonly device: string;
  readonly create?: boolean;
  readonly all?: boolean;
}

const columns: readonly Column<BoundAddress>[] = [
  { title: 'ADDRESS', value: ({ address, prefixLength }) => `${address}/${prefixLength}` },
  { title: 'DEVICE', value: ({ device }) => device },
  { title: 'SCOPE', value: ({ scope }) => scope },
];

/** The addresses of services, bound to a dummy device. */
export function configure(command: Command, context: Context): void {
  configureList(
    command.command('list', { isDefault: true }).description('Show addresses.'),
    context,
  );
  configureAdd(command.command('add').description('Bind an address to a device.'), context);
  configureRemove(command.command('remove').description('Take an address from a device.'), context);
  addExamples(
    command,
    ['ipvs vip', 'the addresses on ipvs0'],
    ['ipvs vip add 10.0.0.1 --create', 'bind one, and make the dummy device if it is missing'],
    ['ipvs vip remove 10.0.0.1 --device ipvs1', 'take one away'],
  );
}

function addDeviceOption(command: Command): Command {
  return command.option('--device <name>', 'the network device', 'ipvs0');
}

function configureList(command: Command, context: Context): void {
  addDeviceOption(command).option('--all', 'show the addresses of every device');
  addJsonOption(addKernelOptions(command));
  command.action((options: VipOptions) =>
    withIpvs(context, options, async (ipvs) => {
      const addresses = await ipvs.listAddresses(options.all ? undefined : options.device);
      if (options.json) printJson(context, addresses);
      else if (addresses.length === 0) context.stdout.write('No addresses.\n');
      else {
        const paint = makePaint(context, context.stdout);
        context.stdout.write(await formatTable(columns, addresses, paint));
      }
    }),
  );
}

function configureAdd(command: Command, context: Context): void {
  command.argument('<address>', 'the address of a service');
  addDeviceOption(command).option('--create', 'make the device, a dummy, if it is missing');
  addJsonOption(addKernelOptions(command));
  command.action((address: string, options: VipOptions) =>
    withIpvs(context, options, async (ipvs) => {
      const { device } = options;
      // A device that is made for nothing would stay.
      checkAddressToBind(address, throwingReport, '/address');
      const created = options.create === true && (await ipvs.ensureDummy(device)).created;
      await ipvs.bindAddress(device, address);
      if (options.json) printJson(context, { bound: address, device, created });
      else {
        const made = created ? `Made the device ${device}.\n` : '';
        context.stdout.write(`${made}Bound ${address} to ${device}.\n`);
      }
    }),
  );
}

function configureRemove(command: Command, context: Context): void {
  command.argument('<address>', 'the address, with its prefix length where it is not the full one');
  addDeviceOption(command);
  addJsonOption(addKernelOptions(command));
  command.action((address: string, options: VipOptions) =>
    withIpvs(context, options, async (ipvs) => {
      const { device } = options;
      await ipvs.unbindAddress(device, address);
      if (options.json) printJson(context, { unbound: address, device });
      else context.stdout.write(`Took ${address} from ${device}.\n`);
    }),
  );
}

import { Argument, type Command, Option } from 'commander';
import type { SyncDaemon, SyncDaemonSpec, SyncRole } from '../../../types/daemon.js';
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
  wholeNumber,
  withIpvs,
} from '../verb.js';

type StartOptions = KernelOptions & OutputOptions & Omit<SyncDaemonSpec, 'role'>;

const roles: readonly SyncRole[] = ['master', 'backup'];

const columns: readonly Column<SyncDaemon>[] = [
  { title: 'ROLE', value: ({ role }) => role },
  { title: 'INTERFACE', value: (daemon) => daemon.interface },
  { title: 'SYNC ID', align: 'right', value: ({ syncId }) => String(syncId) },
  { title: 'GROUP', value: ({ group }) => group ?? '' },
  { title: 'PORT', align: 'right', value: ({ port }) => String(port ?? '') },
  { title: 'TTL', align: 'right', value: ({ ttl }) => String(ttl ?? '') },
  { title: 'MAX LENGTH', align: 'right', value: ({ maxLength }) => String(maxLength ?? '') },
];

/** Connections told to another director, or heard from one. */
export function configure(command: Command, context: Context): void {
  configureList(
    command.command('list', { isDefault: true }).description('Show the daemons.'),
    context,
  );
  configureStart(command.command('start').description('Start a daemon.'), context);
  configureStop(command.command('stop').description('Stop a daemon.'), context);
  addExamples(
    command,
    ['ipvs daemon', 'the daemons that run'],
    [
      'ipvs daemon start master --interface eth1 --sync-id 7',
      'tell other directors of connections',
    ],
    ['ipvs daemon stop backup', 'take in no more'],
  );
}

function configureList(command: Command, context: Context): void {
  addJsonOption(addKernelOptions(command));
  command.action((options: KernelOptions & OutputOptions) =>
    withIpvs(context, options, async (ipvs) => {
      const daemons = await ipvs.syncDaemons();
      if (options.json) printJson(context, daemons);
      else if (daemons.length === 0) context.stdout.write('No daemons.\n');
      else {
        const paint = makePaint(context, context.stdout);
        context.stdout.write(await formatTable(columns, daemons, paint));
      }
    }),
  );
}

function configureStart(command: Command, context: Context): void {
  command
    .addArgument(roleArgument('a master tells of connections, a backup takes them in'))
    .addOption(new Option('--interface <device>', 'the network interface').makeOptionMandatory())
    .option('--sync-id <n>', 'told from others by this number (default 0)', wholeNumber(0, 255))
    .option('--max-length <bytes>', 'the most bytes of a message', wholeNumber(1, 65_507))
    .option('--group <address>', 'the multicast group (default 224.0.0.81)')
    .option('--port <port>', 'the UDP port (default 8848)', wholeNumber(1, 65_535))
    .option('--ttl <n>', 'routers that a message may pass (default 1: none)', wholeNumber(1, 255));
  addJsonOption(addKernelOptions(command));
  command.action((role: SyncRole, options: StartOptions) =>
    withIpvs(context, options, async (ipvs) => {
      const { netns: _, transport: __, timeout: ___, json, ...settings } = options;
      const spec: SyncDaemonSpec = { role, ...settings };
      await ipvs.startSyncDaemon(spec);
      if (json) printJson(context, { started: spec });
      else context.stdout.write(`Started the ${role} on ${spec.interface}.\n`);
    }),
  );
}

function configureStop(command: Command, context: Context): void {
  command.addArgument(roleArgument('which of them'));
  addJsonOption(addKernelOptions(command));
  command.action((role: SyncRole, options: KernelOptions & OutputOptions) =>
    withIpvs(context, options, async (ipvs) => {
      await ipvs.stopSyncDaemon(role);
      if (options.json) printJson(context, { stopped: role });
      else context.stdout.write(`Stopped the ${role}.\n`);
    }),
  );
}

function roleArgument(description: string): Argument {
  return new Argument('<role>', description).choices(roles);
}

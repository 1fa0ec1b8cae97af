import type { Command } from 'commander';
import type { Context } from '../context.js';
import type { ExportCommandOptions } from '../declare/export.js';
import { addExamples, addKernelOptions } from '../verb.js';

export function configure(command: Command, context: Context): void {
  command
    .option('--timeouts', 'the timeouts as well')
    .option('--sysctls [names]', 'the settings under net.ipv4.vs as well, or those named')
    .option('--vips <device>', 'the addresses on a device as well')
    .option('--allow-no-scheduler', 'services with scheduler none as well')
    .option('--out <file>', 'write to a file instead of standard output');
  addKernelOptions(command).option('--json', 'write JSON instead of YAML');
  addExamples(
    command,
    ['ipvs export > web.yaml', 'what is there, as a document that asks for it'],
    ['ipvs export --timeouts --sysctls --vips ipvs0', '... and everything else a document can say'],
    ['ipvs export --sysctls expire_nodest_conn,conn_reuse_mode', '... and two settings'],
  );
  command.action(async (options: ExportCommandOptions) => {
    const { runExport } = await import('../declare/export.js');
    await runExport(context, options);
  });
}

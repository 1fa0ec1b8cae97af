import type { Command, CommanderError } from 'commander';
import type { Context } from '../context.js';
import { reportFailure } from '../failure.js';
import { type LabWords, loadLab } from '../lab.js';
import { addExamples } from '../verb.js';

/** Of a command line that makes no sense: 1 may be the command's. */
const usageStatus = 64;

export function configure(command: Command, context: Context): void {
  // What stands behind the command is the command's.
  command.parent?.enablePositionalOptions();
  command
    .usage('[options] [--] <command> [argument...]')
    .argument('<command...>', 'the command, and its arguments')
    .passThroughOptions()
    .option(
      '--kind <kind>',
      "auto, uml (user-mode Linux, the default), qemu (a kernel of Debian's), or host (this kernel, in a network namespace; needs root)",
    )
    .option(
      '--kernel <kernel>',
      '5.10, 6.12, ... or the kernel of a Debian suite: forky, ...; fetched with apt once into ~/.cache/ipvs-lab; for uml also the path of a linux.uml',
    )
    .option('--mem <size>', 'memory of the kernel, 128M or more (default: 1G)')
    .option('--timeout <seconds>', 'how long the command may take (default: 600)')
    .option('--env <name=value>', 'set in the environment of the command; may be repeated', collect)
    .option(
      '--writable <directory>',
      'can be written to, as the current one can; may be repeated',
      collect,
    )
    .option('--modules <list>', 'kernel modules to load beforehand, with commas between')
    .option('--no-modules', 'load none: the kernel loads what is asked of it')
    .option('--keep', 'keep the logs if the kernel dies, and say where')
    .exitOverride(asUsageError);
  addExamples(
    command,
    ['ipvs lab -- npm test', "a project's tests, as root of a kernel of their own"],
    ['ipvs lab --kernel 6.12 -- node test.js', 'on another kernel'],
    ['ipvs lab -- ipvsadm -Ln', 'any program of this machine'],
  );
  command.addHelpText('after', surroundings);
  command.action(async (words: string[], options: LabWords) => {
    const lab = await loadLab();
    let request: unknown;
    try {
      request = lab.readRequest(options, words, context.environment);
    } catch (error) {
      reportFailure(context, error, false);
      context.exitCode = lab.status.usage;
      return;
    }
    const { status, error } = await lab.perform(request);
    if (error !== undefined) reportFailure(context, error, false);
    context.exitCode = status;
  });
}

const surroundings = `
The command is root there. The files are this machine's own: all that you can read can be read, the current directory
can be written to, and /tmp is fresh. There is no terminal and no input.

Needs the Debian packages user-mode-linux, busybox-static, iproute2, kmod and util-linux, but not root.

IPVS_LAB_KIND, IPVS_LAB_KERNEL, IPVS_LAB_MEM and IPVS_LAB_TIMEOUT stand in for the options. The command finds
IPVS_LAB=uml, qemu or host in its environment.

The exit status is the command's, or
  64   this command line makes no sense     124  the time was up
  69   the lab cannot run here              125  the kernel died
  123  the command succeeded, but the kernel complained`;

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function asUsageError(error: CommanderError): never {
  if (error.exitCode !== 0) error.exitCode = usageStatus;
  throw error;
}

import type { Command } from 'commander';
import { makePaint } from '../colour.js';
import type { Context } from '../context.js';
import { printJson } from '../json.js';
import {
  addExamples,
  addJsonOption,
  addKernelOptions,
  type KernelOptions,
  type OutputOptions,
  openOptions,
  wholeNumber,
} from '../verb.js';

interface DoctorVerbOptions extends KernelOptions, OutputOptions {
  readonly probe?: true | number;
  readonly strict?: boolean;
}

/** Milliseconds that a destination has to take a connection. */
const patience = 1000;

export function configure(command: Command, context: Context): void {
  command
    .option(
      '--probe [ms]',
      `connect to masqueraded destinations of TCP services as well, each for at most so long (default: ${patience})`,
      wholeNumber(1, 60_000),
    )
    .option('--strict', 'exit with 1 for warnings as well');
  addJsonOption(addKernelOptions(command));
  addExamples(
    command,
    ['ipvs doctor', 'look for what keeps IPVS from working; change nothing'],
    ['ipvs doctor --netns blue --json', 'another network namespace, for a program'],
    ['ipvs doctor --probe --strict', 'see whether servers answer, and fail for warnings, too'],
  );
  command.action(async (options: DoctorVerbOptions) => {
    const [{ NetworkFiles }, { readFacts }, { diagnose }, { formatDiagnosis }, commands] =
      await Promise.all([
        import('../doctor/network-files.js'),
        import('../doctor/read-facts.js'),
        import('../doctor/diagnose.js'),
        import('../doctor/report.js'),
        import('../doctor/commands.js'),
      ]);
    const open = openOptions(options);
    const probe = options.probe === true ? patience : options.probe;
    await using files = new NetworkFiles(open);
    const examination = await readFacts(files, (each) => context.open(each), { ...open, probe });
    const { findings, ...rest } = diagnose(examination);
    const diagnosis = { findings: commands.withCommandsFrom(findings, options.netns), ...rest };
    if (options.json) printJson(context, diagnosis);
    else context.stdout.write(formatDiagnosis(diagnosis, makePaint(context, context.stdout)));
    const fails = findings.some(
      ({ severity }) => severity === 'error' || (severity === 'warning' && options.strict),
    );
    if (fails) context.exitCode = 1;
  });
}

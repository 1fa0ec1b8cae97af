import { Command, Help } from 'commander';
import type { Context } from './context.js';
import { type VerbEntry, verbs } from './verbs.js';
import { version } from './version.js';

/** The program with one verb loaded, or with all of them. */
export async function makeProgram(
  context: Context,
  isLoaded: (entry: VerbEntry) => boolean,
): Promise<Command> {
  const program = new Command('ipvs')
    .description("The Linux kernel's load balancer.")
    .version(version())
    .showSuggestionAfterError()
    .showHelpAfterError('(--help lists what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => context.stdout.columns ?? 100,
      getErrHelpWidth: () => context.stderr.columns ?? 100,
    })
    .configureHelp({
      subcommandTerm: (command) => new Help().subcommandTerm(command).replace(' [options]', ''),
    });
  for (const entry of verbs) {
    const command = program
      .command(entry.name)
      .summary(entry.summary)
      .copyInheritedSettings(program);
    command.description(sentence(entry.summary));
    if (isLoaded(entry)) (await entry.load()).configure(command, context);
  }
  return program;
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

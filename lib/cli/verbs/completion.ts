import { Argument, type Command } from 'commander';
import { completionScript, type Shell, shells } from '../completion/completion-script.js';
import type { Context } from '../context.js';
import { makeProgram } from '../program.js';
import { addExamples } from '../verb.js';

export function configure(command: Command, context: Context): void {
  command.addArgument(new Argument('<shell>', 'the shell to complete in').choices(shells));
  addExamples(
    command,
    ['ipvs completion bash > /etc/bash_completion.d/ipvs', 'for every user of bash'],
    ['ipvs completion zsh > /usr/local/share/zsh/site-functions/_ipvs', 'of zsh'],
    ['ipvs completion fish > /etc/fish/completions/ipvs.fish', 'of fish'],
  );
  command.action(async (shell: Shell) => {
    const program = await makeProgram(context, () => true);
    context.stdout.write(completionScript(shell, program));
  });
}

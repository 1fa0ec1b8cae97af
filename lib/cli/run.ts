import type { Context } from './context.js';
import { reportFailure } from './failure.js';
import { makeProgram } from './program.js';

/** Does what a command line says. How it went is in the context's exit code. */
export async function run(words: readonly string[], context: Context): Promise<void> {
  try {
    const [first, ...rest] = words;
    if (first === 'ipvsadm') {
      // Its options are not those of the other verbs.
      const { runIpvsadm } = await import('./ipvsadm/run-ipvsadm.js');
      context.exitCode = await runIpvsadm(rest, context);
      return;
    }
    // Verbs come first: of the others only the summaries are needed.
    const program = await makeProgram(context, ({ name }) => words.includes(name));
    if (words.length === 0) {
      program.outputHelp({ error: true });
      context.exitCode = 1;
      return;
    }
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    reportFailure(context, error, words.includes('--json'));
  }
}

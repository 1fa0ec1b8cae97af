import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs commands of `ip` in a namespace, all in one process. */
export function ip(
  namespace: { readonly name: string },
  commands: readonly string[],
): Promise<void> {
  return batch('ip', ['-n', namespace.name], commands);
}

/** Runs many commands of `ip` or `tc` in one process. */
export async function batch(
  program: 'ip' | 'tc',
  options: readonly string[],
  commands: readonly string[],
): Promise<void> {
  const running = execute(program, [...options, '-batch', '-']);
  // Where it ends early, it says why itself.
  running.child.stdin?.on('error', () => {});
  running.child.stdin?.end(`${commands.join('\n')}\n`);
  await running;
}

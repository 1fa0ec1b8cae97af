import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs commands of `ip` in a namespace, all in one process. */
export async function ip(
  namespace: { readonly name: string },
  commands: readonly string[],
): Promise<void> {
  const running = execute('ip', ['-n', namespace.name, '-batch', '-']);
  // Where it ends early, it says why itself.
  running.child.stdin?.on('error', () => {});
  running.child.stdin?.end(`${commands.join('\n')}\n`);
  await running;
}

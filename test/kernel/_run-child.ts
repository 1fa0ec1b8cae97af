import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a process ended, and what it wrote. */
export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a file of `children/` as a process of its own, behind a command that starts it if there is one. */
export function runChild(
  name: string,
  args: readonly string[] = [],
  { flags = [], through = [] }: { flags?: readonly string[]; through?: readonly string[] } = {},
): Promise<Ended> {
  const file = fileURLToPath(new URL(`children/_${name}.js`, import.meta.url));
  const [command, ...words] = [...through, process.execPath, ...flags, file, ...args];
  return new Promise((resolve) => {
    const child = execFile(
      command as string,
      words,
      { timeout: 600_000, killSignal: 'SIGKILL' },
      (_, stdout, stderr) => {
        resolve({ status: child.exitCode, signal: child.signalCode, stdout, stderr });
      },
    );
  });
}

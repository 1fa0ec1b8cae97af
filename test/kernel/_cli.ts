import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Ended } from './_run-child.js';

/** The file that the package's command is. */
export const commandFile = fileURLToPath(new URL('../../../dist/bin/ipvs.js', import.meta.url));

export interface CommandOptions {
  /** What the command reads. */
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The file to run. Default: the package's command. */
  readonly file?: string;
  /** A command that starts it. */
  readonly through?: readonly string[];
}

/** Runs the command `ipvs` as a process of its own. */
export function runCommand(
  words: readonly string[],
  { input = '', environment = {}, file = commandFile, through = [] }: CommandOptions = {},
): Promise<Ended> {
  const [program, ...before] = [...through, process.execPath];
  const child = spawn(program as string, [...before, file, ...words], {
    env: { ...process.env, NO_COLOR: '1', ...environment },
    timeout: 300_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A command that reads nothing may end before it is told anything.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}

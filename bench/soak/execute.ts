import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a program and gives what it printed. */
export async function execute(program: string, words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, words);
  return stdout;
}

import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { withNamespace } from './programs.js';

/**
 * Runs a file of this folder and gives what it printed as JSON. It has a namespace and a process of its own, so that it
 * has nothing to do with what another left.
 */
export function runChild<Summary>(
  name: string,
  words: readonly (string | number)[],
): Promise<Summary> {
  return withNamespace((namespace) =>
    runHere<Summary>(name, words, ['ip', 'netns', 'exec', namespace]),
  );
}

/** The same in the namespace that the process is in; `before` runs it. */
export async function runHere<Summary>(
  name: string,
  words: readonly (string | number)[],
  before: readonly string[] = [],
): Promise<Summary> {
  const script = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const command = [process.execPath, '--expose-gc', script, ...words.map(String)];
  const [program = '', ...rest] = [...before, ...command];
  const { stdout } = await promisify(execFile)(program, rest, { maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as Summary;
}

/** Runs a program that speaks for itself. */
export async function runVisibly([program = '', ...words]: readonly string[]): Promise<void> {
  const child = spawn(program, words, { stdio: 'inherit' });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
}

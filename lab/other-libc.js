import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { requireTools } from './tools.js';

const run = promisify(execFile);

/**
 * Gives a program the C library of the suite it comes from. Starting it through the other
 * loader would not do: user-mode Linux starts itself again.
 * @param {string} program
 * @param {import('./apt.js').Apt} apt
 * @param {string} directory where to put the library
 * @param {string} destination where the directory will be when the program is run
 * @param {AbortSignal | undefined} signal
 */
export async function bringLibc(program, apt, directory, destination, signal) {
  const { patchelf } = requireTools('a kernel built for a newer C library', ['patchelf']);
  await apt.unpack(['libc6'], directory);
  const loader = readdirSync(directory, { withFileTypes: true, recursive: true }).find(
    (entry) => entry.isFile() && /^ld-linux-.*\.so\.\d+$/.test(entry.name),
  );
  if (loader === undefined) throw new Error('libc6 has no loader');
  const libraries = join(destination, relative(directory, loader.parentPath));
  const words = ['--set-interpreter', join(libraries, loader.name), '--set-rpath', libraries];
  await run(patchelf, [...words, program], { signal });
}

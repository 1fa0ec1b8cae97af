import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bringLibc } from './other-libc.js';
import { isOfVersion } from './versions.js';

const run = promisify(execFile);

/**
 * Debian's builds of user-mode Linux.
 * @type {import('./debian.js').Product}
 */
export const debianUml = {
  name: 'uml',
  pattern: /^user-mode-linux-(\d+\.[\w.+]*)$/,
  tools: [],
  async find(apt, version) {
    const text = await apt.ask(['show', '--no-all-versions', 'user-mode-linux']);
    const own = /^Version: (\S+)$/m.exec(text)?.[1];
    if (own === undefined || (version && !isOfVersion(own, version))) return undefined;
    return { name: `user-mode-linux-${own}`, packages: ['user-mode-linux'] };
  },
  async complete(root, apt, place, signal) {
    if (await starts(umlProgram(root), signal)) return;
    // It was built for a newer C library than this machine has.
    await bringLibc(umlProgram(root), apt, join(root, 'libc'), join(place, 'libc'), signal);
  },
};

/** @param {string} root of the unpacked package */
export function umlProgram(root) {
  return join(root, 'usr/bin/linux.uml');
}

/**
 * @param {string} program
 * @param {AbortSignal | undefined} signal
 */
async function starts(program, signal) {
  try {
    await run(program, ['--version'], { signal });
    return true;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}

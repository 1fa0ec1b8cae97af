import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requireTools } from './tools.js';
import { LabUnavailableError } from './unavailable.js';
import { unpackKernel } from './unpack-kernel.js';

const run = promisify(execFile);

/**
 * The directory of a kernel of Debian's: the newest of a version, or the
 * suite's own. It is fetched with apt, which takes no privilege, and then kept.
 * @param {string | undefined} version
 * @param {AbortSignal | undefined} signal
 */
export async function findDebianKernel(version, signal) {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ipvs-lab');
  const kept = version ? newest(existsSync(cache) ? readdirSync(cache) : [], version) : 'default';
  if (kept && existsSync(join(cache, kept))) return realpathSync(join(cache, kept));

  try {
    mkdirSync(cache, { recursive: true });
    const name = await findPackage(version, signal);
    if (!existsSync(join(cache, name))) await fetchKernel(name, cache, signal);
    if (!version) symlinkSync(name, join(cache, 'default'));
    return join(cache, name);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof LabUnavailableError) throw error;
    const reason = error instanceof Error ? error.message.trim() : error;
    throw new LabUnavailableError(`no kernel for qemu: ${reason}`);
  }
}

/**
 * @param {string | undefined} version
 * @param {AbortSignal | undefined} signal
 */
async function findPackage(version, signal) {
  requireTools('fetching a kernel', ['apt-get', 'dpkg-deb', 'depmod', 'modprobe']);
  const words = version ? ['pkgnames', 'linux-image-'] : ['depends', 'linux-image-amd64'];
  const { stdout } = await run('apt-cache', words, { signal });
  const name = newest(stdout.split(/\s+/), version);
  if (name === undefined) {
    throw new LabUnavailableError(
      `apt knows no kernel ${version ?? ''} to fetch for qemu; try apt-get update`,
    );
  }
  return name;
}

/**
 * The newest of the kernel packages that have this version.
 * @param {readonly string[]} names
 * @param {string | undefined} version
 */
function newest(names, version) {
  const { compare } = new Intl.Collator('en', { numeric: true });
  return names
    .filter((name) => {
      const own = /^linux-image-(\d+\.[\w.+]*(?:-\d+)?)-amd64$/.exec(name)?.[1];
      return own && (!version || own === version || /^[.+-]/.test(rest(own, version)));
    })
    .sort(compare)
    .at(-1);
}

/**
 * @param {string} text
 * @param {string} start
 */
function rest(text, start) {
  return text.startsWith(start) ? text.slice(start.length) : '';
}

/**
 * @param {string} name
 * @param {string} cache
 * @param {AbortSignal | undefined} signal
 */
async function fetchKernel(name, cache, signal) {
  const work = mkdtempSync(join(cache, 'new-'));
  try {
    // From 7.x on the image is only a list of packages with its parts.
    const { stdout } = await run('apt-cache', ['depends', name], { signal });
    const parts = stdout.match(/\blinux-(?:base|binary|modules)-\d[\w.+-]*/g) ?? [];
    await run('apt-get', ['download', name, ...parts], { cwd: work, signal });
    for (const file of readdirSync(work)) {
      await run('dpkg-deb', ['-x', file, 'root'], { cwd: work, signal });
    }
    await unpackKernel(join(work, 'root'), signal);
    if (!existsSync(join(cache, name))) renameSync(join(work, 'root'), join(cache, name));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

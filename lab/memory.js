import { readFileSync, realpathSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { LabUnavailableError } from './unavailable.js';

/**
 * Where user-mode Linux can keep its memory, an unlinked file that it maps
 * executable: too little room there is a panic in the middle of a run.
 * @param {number} megabytes
 */
export function findMemoryDirectory(megabytes) {
  const candidates = [...new Set(['/dev/shm', tmpdir(), '/tmp', '/var/tmp'])];
  const found = candidates.find((directory) => {
    try {
      const { bavail, bsize } = statfsSync(directory);
      return bavail * bsize >= megabytes * 2 ** 20 && !isMountedNoexec(realpathSync(directory));
    } catch {
      return false;
    }
  });
  if (found === undefined) {
    throw new LabUnavailableError(
      `user-mode Linux needs ${megabytes} MB in a directory not mounted noexec, one of ${candidates.join(', ')}: ` +
        'set TMPDIR or give --mem less',
    );
  }
  return found;
}

/** @param {string} directory */
function isMountedNoexec(directory) {
  let longest = '';
  let noexec = false;
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [, target = '', , options = ''] = line.split(' ');
    const prefix = target === '/' ? '/' : `${target}/`;
    if (`${directory}/`.startsWith(prefix) && target.length >= longest.length) {
      longest = target;
      noexec = options.split(',').includes('noexec');
    }
  }
  return noexec;
}

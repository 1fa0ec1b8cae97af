import { isNewer, isOfVersion } from './versions.js';

/** Each release of Debian has one kernel for life. */
const releases = [
  { kernel: '5.10', suites: ['bullseye', 'bullseye-security'] },
  { kernel: '6.1', suites: ['bookworm', 'bookworm-security'] },
  { kernel: '6.12', suites: ['trixie', 'trixie-security'] },
];

/** These follow the kernel's own releases; those with short lists of packages come first. */
const rolling = ['trixie-backports', 'experimental', 'forky', 'sid'];

/**
 * The sets of suites in which to look for a kernel, the likeliest first.
 * @param {string} wanted a version, or a suite for the kernel that it has
 * @returns {(readonly string[])[]}
 */
export function suitesWithKernel(wanted) {
  if (!isVersion(wanted)) {
    if (!/^[a-z-]+$/.test(wanted)) return [];
    const release = releases.find(({ suites }) => suites[0] === wanted);
    return [release?.suites ?? [wanted]];
  }
  const release = releases.find(({ kernel }) => isOfVersion(wanted, kernel));
  if (release) return [release.suites];
  const isRecent = releases.every(({ kernel }) => isNewer(wanted, kernel));
  return isRecent ? rolling.map((suite) => [suite]) : [];
}

/** @param {string} wanted */
export function isVersion(wanted) {
  return /^\d/.test(wanted);
}

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LabUnavailableError } from './unavailable.js';

export const systemDirectories = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];
const administration = systemDirectories.filter((directory) => directory.endsWith('sbin'));

/** The Debian package of each program. */
const packages = {
  'linux.uml': 'user-mode-linux',
  'qemu-system-x86_64': 'qemu-system-x86',
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  busybox: 'busybox-static',
  depmod: 'kmod',
  ip: 'iproute2',
  ipvsadm: 'ipvsadm',
  modprobe: 'kmod',
  patchelf: 'patchelf',
  setsid: 'util-linux',
  taskset: 'util-linux',
  unshare: 'util-linux',
};

/** @typedef {keyof typeof packages} Tool */

/**
 * The path of a program: on the caller's PATH, or where administrators keep theirs.
 * @param {Tool} name
 * @returns {string | undefined}
 */
export function findTool(name) {
  const searched = [...(process.env['PATH'] ?? '').split(delimiter), ...administration];
  return searched
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, name))
    .find(isProgram);
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Finds every program a kind of lab needs, or says in one go what is missing.
 * @template {Tool} Name
 * @param {string} purpose
 * @param {readonly Name[]} names
 * @returns {Record<Name, string>}
 */
export function requireTools(purpose, names) {
  const found = names.map((name) => /** @type {const} */ ([name, findTool(name)]));
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => name);
  if (missing.length > 0) {
    /** @type {Tool[]} */
    const wanted = findTool('ipvsadm') ? missing : [...missing, 'ipvsadm'];
    throw new LabUnavailableError(
      `${purpose} needs ${missing.join(', ')}, not found here. On Debian or Ubuntu:\n` +
        `  ${installation(wanted.map((name) => packages[name]))}`,
    );
  }
  return /** @type {Record<Name, string>} */ (Object.fromEntries(found));
}

/** @param {readonly string[]} names */
export function installation(names) {
  return `apt-get install --no-install-recommends ${[...new Set(names)].join(' ')}`;
}

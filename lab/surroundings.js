import { delimiter, dirname } from 'node:path';
import { systemDirectories } from './tools.js';

/** @typedef {import('./job.js').Share} Share */

/** The guest has file systems of its own here. */
const ownDirectories = ['/dev', '/proc', '/run', '/sys', '/tmp'];

/** What says something about the caller's terminal, session or process only. */
const personal =
  /^(FORCE_COLOR|NODE_CHANNEL_.*|NODE_UNIQUE_ID|OLDPWD|PWD|SHLVL|TE?MP|XDG_.*|DBUS_.*|DISPLAY|_)$/;

/**
 * The caller's environment as the command sees it.
 * @param {import('./kinds.js').Kind} kind
 * @param {import('./job.js').Job} job
 * @param {string} directory
 * @param {Readonly<Record<string, string>>} additions
 * @returns {Record<string, string>}
 */
export function guestEnvironment(kind, job, directory, additions) {
  /** @type {Record<string, string>} */
  const inherited = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !personal.test(name)) inherited[name] = value;
  }
  return {
    ...inherited,
    HOME: kind.isGuest ? '/tmp/home' : job.path('home'),
    IPVS_LAB: kind.name,
    LOGNAME: 'root',
    NO_COLOR: '1',
    PATH: searchPath(kind.isGuest ? ['/run/lab/bin'] : []),
    PWD: directory,
    TERM: 'dumb',
    TMPDIR: kind.isGuest ? '/tmp' : job.path('tmp'),
    USER: 'root',
    ...additions,
  };
}

/** @param {readonly string[]} programs */
function searchPath(programs) {
  const own = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const node = dirname(process.execPath);
  const front = own.includes(node) ? [] : [node];
  return [...new Set([...programs, ...front, ...own, ...systemDirectories])].join(delimiter);
}

/** Where npm is as well. */
export const nodeHome = dirname(dirname(process.execPath));

/**
 * The directories of the host that the guest may write to, and of those that it
 * must read the ones hidden by file systems of its own.
 * @param {readonly string[]} writable
 * @param {readonly (string | undefined)[]} readable
 * @returns {Share[]}
 */
export function sharedDirectories(writable, readable) {
  /** @type {Share[]} */
  const shares = [];
  /** @param {string} path @param {Share['access']} access */
  const add = (path, access) => {
    if (!shares.some((share) => isWithin(path, share.path))) shares.push({ path, access });
  };
  const shortestFirst = [...writable].sort((one, other) => one.length - other.length);
  for (const path of shortestFirst) {
    if (path !== '/' && !ownDirectories.includes(path)) add(path, 'rw');
  }
  for (const path of readable) {
    if (path && ownDirectories.some((own) => path !== own && isWithin(path, own))) add(path, 'ro');
  }
  return shares;
}

/**
 * @param {string} path
 * @param {string} directory
 */
function isWithin(path, directory) {
  return path === directory || path.startsWith(`${directory}/`);
}

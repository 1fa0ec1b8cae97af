import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';

/** What every system has that the binaries are for: the C library of Debian 10, RHEL 8 and Ubuntu 18.10. */
const newest = '2.28';

/** Bytes. */
const largest = 1_000_000;

/** Libraries that are on every system with that C library. */
const common = /^(?:lib(?:c|pthread|dl|m)\.so\.\d|ld-linux-[\w-]+\.so\.\d)$/;

/** What Node looks for. */
const entrances = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/**
 * What a binary needs of the system that it is loaded on.
 * @typedef {object} Binary
 * @property {number} size in bytes
 * @property {readonly string[]} libraries
 * @property {readonly string[]} versions of the symbols of the C library, oldest first
 * @property {readonly string[]} exported symbols that others can see
 * @property {readonly string[]} wanted symbols of no version that others must have
 * @property {string} machine in the words of readelf
 */

/**
 * @param {string} file
 * @returns {Binary}
 */
export function readBinary(file) {
  const words = ['--wide', '--file-header', '--dynamic', '--dyn-syms', file];
  const text = execFileSync('readelf', words, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return { size: statSync(file).size, ...parseBinary(text) };
}

/**
 * Reads what readelf says.
 * @param {string} text
 * @returns {Omit<Binary, 'size'>}
 */
export function parseBinary(text) {
  const all = (/** @type {RegExp} */ pattern) => [
    ...new Set([...text.matchAll(pattern)].map(([, word = '']) => word)),
  ];
  return {
    machine: /^ +Machine: +(.+)$/m.exec(text)?.[1] ?? '',
    libraries: all(/\(NEEDED\).*\[(.+)\]$/gm),
    versions: all(/@GLIBC_(\d[\d.]*)/g).sort(compareVersions),
    exported: all(/ (?:GLOBAL|WEAK|UNIQUE) +DEFAULT +\d+ (\S+)$/gm),
    wanted: all(/ GLOBAL +DEFAULT +UND ([^@\s]+)$/gm),
  };
}

/**
 * Why a binary is not fit to be published; nothing where it is.
 * @param {Binary} binary
 * @returns {string[]}
 */
export function faultsOf({ size, libraries, versions, exported, wanted }) {
  const faults = [];
  if (size > largest) faults.push(`it has ${size} bytes, more than ${largest}`);
  const strange = libraries.filter((name) => !common.test(name));
  if (strange.length > 0) faults.push(`it needs ${strange.join(', ')}`);
  const last = versions.at(-1);
  if (last !== undefined && compareVersions(last, newest) > 0) {
    faults.push(`it needs glibc ${last}, newer than ${newest}`);
  }
  const unknown = wanted.filter((name) => !/^n(?:api|ode_api)_/.test(name));
  if (unknown.length > 0) faults.push(`nobody has ${unknown.join(', ')}`);
  const visible = exported.filter((name) => !entrances.includes(name));
  if (visible.length > 0) faults.push(`others can see ${visible.join(', ')}`);
  return faults;
}

/**
 * @param {string} one
 * @param {string} other
 */
function compareVersions(one, other) {
  return one.localeCompare(other, 'en', { numeric: true });
}

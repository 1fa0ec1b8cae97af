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
import { basename, join } from 'node:path';
import { machineApt, suiteApt } from './apt.js';
import { isVersion, suitesWithKernel } from './debian-suites.js';
import { requireTools } from './tools.js';
import { LabUnavailableError } from './unavailable.js';
import { newest } from './versions.js';

/** @typedef {import('./apt.js').Apt} Apt */

/**
 * A sort of kernel that comes in packages of Debian's.
 * @typedef {object} Product
 * @property {string} name
 * @property {RegExp} pattern of its names in the cache; the first group is the version
 * @property {readonly import('./tools.js').Tool[]} tools what making it ready takes
 * @property {(apt: Apt, version: string | undefined) => Promise<Found | undefined>} find
 * @property {(root: string, apt: Apt, place: string, signal: AbortSignal | undefined) => Promise<void>} complete
 *   makes the unpacked packages ready for use at the place they will have
 */

/**
 * @typedef {object} Found
 * @property {string} name in the cache
 * @property {readonly string[]} packages
 */

/** Where what was fetched is kept. */
const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ipvs-lab');

/**
 * The directory of a kernel: the newest of a version, the one of a suite, or the one of
 * this machine's own suite. It is fetched once and then kept.
 * @param {Product} product
 * @param {string | undefined} wanted
 * @param {AbortSignal | undefined} signal
 */
export async function obtainFromDebian(product, wanted, signal) {
  const version = wanted && isVersion(wanted) ? wanted : undefined;
  const link = version ? undefined : `${product.name}-${basename(wanted ?? 'default')}`;
  const kept = link ?? newest(namesInCache(), product.pattern, version);
  if (kept && existsSync(join(cache, kept))) return realpathSync(join(cache, kept));

  requireTools('fetching a kernel', ['apt-get', 'dpkg-deb', ...product.tools]);
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'new-'));
  try {
    const place = await fetchKernel(product, { wanted, version }, work, signal);
    if (link) {
      symlinkSync(basename(place), join(work, 'link'));
      renameSync(join(work, 'link'), join(cache, link));
    }
    return place;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function namesInCache() {
  return existsSync(cache) ? readdirSync(cache) : [];
}

/**
 * Tries this machine's apt, then the suites that can have it.
 * @param {Product} product
 * @param {{ wanted: string | undefined, version: string | undefined }} request
 * @param {string} work
 * @param {AbortSignal | undefined} signal
 */
async function fetchKernel(product, { wanted, version }, work, signal) {
  const own = wanted === undefined || version !== undefined;
  const openers = [
    ...(own ? [() => machineApt(signal)] : []),
    ...(wanted ? suitesWithKernel(wanted) : []).map(
      (suites) => () => suiteApt(suites, mkdtempSync(join(work, 'apt-')), signal),
    ),
  ];
  const failures = [];
  for (const open of openers) {
    try {
      const apt = await open();
      const found = await product.find(apt, version);
      if (found) return await unpack(product, found, apt, work, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof LabUnavailableError) throw error;
      failures.push(error instanceof Error ? error.message.trim() : error);
    }
  }
  const title = `apt knows no kernel ${wanted ?? ''} to fetch for ${product.name}`;
  throw new LabUnavailableError([title, ...failures].join('\n'));
}

/**
 * It is in the cache as a whole or not at all.
 * @param {Product} product
 * @param {Found} found
 * @param {Apt} apt
 * @param {string} work
 * @param {AbortSignal | undefined} signal
 */
async function unpack(product, { name, packages }, apt, work, signal) {
  const place = join(cache, name);
  if (existsSync(place)) return place;
  const root = mkdtempSync(join(work, 'root-'));
  await apt.unpack(packages, root);
  await product.complete(root, apt, place, signal);
  try {
    renameSync(root, place);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(place)) throw error;
  }
  return place;
}

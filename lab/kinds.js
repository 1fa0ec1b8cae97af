import { prepareHost } from './host.js';
import { prepareQemu } from './qemu.js';
import { findTool } from './tools.js';
import { prepareUml } from './uml.js';

/** @typedef {import('./job.js').Job} Job */
/** @typedef {import('./job.js').Share} Share */

/**
 * @typedef {object} KindOptions
 * @property {string | undefined} kernel
 * @property {number} memory megabytes
 * @property {AbortSignal | undefined} signal
 */

/**
 * A way to come by a kernel with IPVS, checked and ready to start.
 * @typedef {object} Kind
 * @property {'uml' | 'host' | 'qemu'} name
 * @property {boolean} isGuest it has a kernel and file systems of its own
 * @property {number} bootLimit seconds
 * @property {string} modprobe
 * @property {string} [busybox] runs the first process of a guest
 * @property {string} [moduleTree] of a guest: where each kernel version has its directory
 * @property {(job: Job, shares: readonly Share[]) => Promise<import('./machine.js').Machine>} start
 */

/** @type {Record<Kind['name'], (options: KindOptions) => Kind | Promise<Kind>>} */
const kinds = { uml: prepareUml, host: prepareHost, qemu: prepareQemu };

/** What may be asked for. The host's own kernel is only used when named. */
export const kindNames = /** @type {const} */ (['auto', 'uml', 'host', 'qemu']);

/**
 * @param {typeof kindNames[number]} name
 * @param {KindOptions} options
 * @returns {Promise<Kind>}
 */
export async function prepareKind(name, options) {
  if (name !== 'auto') return await kinds[name](options);
  const onlyQemu = !findTool('linux.uml') && findTool('qemu-system-x86_64');
  return await (onlyQemu ? prepareQemu(options) : prepareUml(options));
}

import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ownKernel } from './kernels.js';
import { root } from './prepare.js';

const folder = join('build', 'test', 'kernel');

/** The compiled test files, by path from the root of the project. */
export function kernelTests() {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => join(folder, name));
}

/** What compares with a model or with pages of the lab's own kernel; others send some packets elsewhere, and say other things. */
const ofOwnKernel = /^(?:contract-traffic|docs-guides)\.test\.js$/;

/** What is asked of every kernel of the gate: the calls, over both transports, and the ways of forwarding. */
const ofEvery =
  /^(?:addresses|batches|capabilities|connections|contract|destinations|services|settings|snapshot|sync-daemons|sysctls|traffic-forwarding|transport-choice|transport-sockopt)\.test\.js$/;

/**
 * Which files the gate runs on a kernel: each file on at least one, and those on all that what differs between kernels
 * would show in.
 * @param {string} kernel
 * @param {boolean} isFirst
 */
export function gateTests(kernel, isFirst) {
  return kernelTests().filter((file) => {
    const name = basename(file);
    if (ofOwnKernel.test(name)) return kernel === ownKernel;
    return isFirst || ofEvery.test(name);
  });
}

/**
 * Deals files out so that each share takes about as long: a long file takes longer.
 * @param {readonly string[]} files
 * @param {number} count
 * @returns {string[][]}
 */
export function share(files, count) {
  const shares = Array.from({ length: count }, () => ({
    size: 0,
    files: /** @type {string[]} */ ([]),
  }));
  const sized = files.map((file) => ({ file, size: statSync(join(root, file)).size }));
  for (const { file, size } of sized.sort((one, other) => other.size - one.size)) {
    const smallest = shares.reduce((one, other) => (other.size < one.size ? other : one));
    smallest.files.push(file);
    smallest.size += size;
  }
  return shares.map((each) => each.files).filter((each) => each.length > 0);
}

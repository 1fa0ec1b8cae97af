import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './prepare.js';

const folder = join('build', 'test', 'kernel');

/** The compiled test files, by path from the root of the project. */
export function kernelTests() {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => join(folder, name));
}

/**
 * What does not depend on the kernel as much as on the time it takes: the gate leaves it to the first kernel.
 */
const long =
  /^(?:cli-(?!list)\w+|contract-\w+|doctor|faults-\w+|growth|ipvsadm-\w+|kubernetes|lifecycle|many-\w+|namespaces|no-gap|signals|traffic-(?!forwarding)\w+|transport-races|watch-stats)\.test\.js$/;

/** The files that take little time and look at most of the kernel. */
export function shortKernelTests() {
  return kernelTests().filter((file) => !long.test(basename(file)));
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

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { status as labStatus } from '../lab/run.js';
import { share } from './kernel-tests.js';
import { labOptions } from './kernels.js';
import { ava, root } from './prepare.js';
import { tally } from './tally.js';

/** Seconds one guest may take. */
const timeLimit = 7200;

/**
 * @typedef {object} Result
 * @property {string} kernel its name
 * @property {string | undefined} release what the kernel calls itself
 * @property {number} status
 * @property {number} seconds
 * @property {import('./tally.js').Tally} tally
 */

/**
 * Another Node than this one, and what it needs.
 * @typedef {object} Surroundings
 * @property {string} node its path
 * @property {Readonly<Record<string, string>>} environment
 * @property {string} memory of the guest
 */

/**
 * Runs test files in one guest, one after the other.
 * @param {string} kernel
 * @param {readonly string[]} files
 * @param {(line: string) => void} print
 * @param {Surroundings} [surroundings]
 * @returns {Promise<Result>}
 */
export async function testOnKernel(kernel, files, print, surroundings) {
  const start = performance.now();
  const node = surroundings?.node ?? process.execPath;
  // A guest has one processor, and an emulated one is several times slower.
  const tests = [node, ava, '--concurrency=1', '--timeout=15m', ...files];
  /** @type {string | undefined} */
  let release;
  let output = '';
  const command = ['sh', '-c', 'echo "kernel $(uname -r)"; exec "$@"', 'sh', ...tests];
  const status = await runOnKernel(
    kernel,
    command,
    (line) => {
      if (release === undefined) [, release] = /^kernel (\S+)$/.exec(line) ?? [];
      output += `${line}\n`;
      print(line);
    },
    surroundings,
  );
  const seconds = (performance.now() - start) / 1000;
  return { kernel, release, status, seconds, tally: tally(output) };
}

/**
 * The same in several guests, each with a share of the files, as jobs: what one says begins with which it is.
 * @param {string} kernel
 * @param {readonly string[]} files
 * @param {number} guests
 * @param {Surroundings} [surroundings]
 * @returns {(() => Promise<Result>)[]}
 */
export function shareAmongGuests(kernel, files, guests, surroundings) {
  return share(files, guests).map((part, index, { length }) => {
    const label = `${kernel} ${index + 1}/${length}`.padEnd(16);
    const print = (/** @type {string} */ line) => console.log(`${label} ${line}`.trimEnd());
    return () => testOnKernel(kernel, part, print, surroundings);
  });
}

/**
 * The status of the first that did not end well.
 * @param {readonly Result[]} results
 */
export function statusOf(results) {
  return results.find(({ status }) => status !== 0)?.status ?? 0;
}

/**
 * Runs a command on a kernel; returns its exit status, or one of the lab's.
 * @param {string} kernel
 * @param {readonly string[]} command
 * @param {(line: string) => void} print
 * @param {Surroundings} [surroundings]
 * @returns {Promise<number>}
 */
export async function runOnKernel(kernel, command, print, surroundings) {
  const options = [...labOptions(kernel), '--timeout', String(timeLimit)];
  if (surroundings !== undefined) {
    options.push('--mem', surroundings.memory);
    for (const [name, value] of Object.entries(surroundings.environment)) {
      options.push('--env', `${name}=${value}`);
    }
  }
  const child = spawn(join(root, 'scripts', 'lab'), [...options, '--', ...command], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', print);
  const [status] = await once(child, 'close');
  return status ?? labStatus.died;
}

/** @param {Result} result */
export function isUnavailable({ status }) {
  return status === labStatus.unavailable;
}

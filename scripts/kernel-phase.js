import { availableParallelism } from 'node:os';
import { status as labStatus } from '../lab/run.js';
import { runJobs } from './jobs.js';
import { runOnKernel, shareAmongGuests, statusOf } from './kernel-suite.js';
import { kernelTable } from './kernel-table.js';
import { gateTests } from './kernel-tests.js';
import { gateKernels, ownKernel } from './kernels.js';
import { sum } from './tally.js';

/** Guests have one processor each; with this number, none is left with much to do when the others are done. */
const guestsOfEach = 3;

/** Runs the kernel tests on the kernels of the gate that can be had. */
export async function runKernelPhase() {
  const kernels = [];
  for (const kernel of gateKernels) if (await canRun(kernel)) kernels.push(kernel);
  const jobs = kernels.flatMap((kernel, place) =>
    shareAmongGuests(kernel, gateTests(kernel, place === 0), guestsOfEach),
  );
  const results = await runJobs(jobs, availableParallelism());
  console.log(`\n${kernelTable(results)}`);
  return {
    tally: results.map((result) => result.tally).reduce(sum),
    status: statusOf(results),
  };
}

/**
 * Whether there is such a kernel here; it is fetched if need be. One that cannot be had may be
 * missing where somebody works without a network, but not where the gate guards something.
 * @param {string} kernel
 */
async function canRun(kernel) {
  /** @type {string[]} */
  const lines = [];
  const status = await runOnKernel(kernel, ['true'], (line) => lines.push(line));
  if (status !== labStatus.unavailable) return true;
  const words = `The kernel ${kernel} cannot be had here:\n${lines.join('\n')}`;
  if (process.env['CI'] || kernel === ownKernel) throw new Error(words);
  console.log(`\n*** ${words}\n*** NOTHING IS TESTED ON IT.\n`);
  return false;
}

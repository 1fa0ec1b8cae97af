// The kernel tests on every kernel that can be had: installs and builds what is missing, fetches the kernels, and ends
// with a table. With names of kernels as arguments (6.12, uml:forky, qemu:6.1), only on those. --jobs says how many
// guests of user-mode Linux run at a time; emulated machines run alone.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runJobs } from './jobs.js';
import { isUnavailable, testOnKernel } from './kernel-suite.js';
import { kernelTable } from './kernel-table.js';
import { kernelTests } from './kernel-tests.js';
import { allKernels, isEmulated, readKernelName } from './kernels.js';
import { prepare, root } from './prepare.js';

const { kernels, jobs } = readCommandLine();
const logs = join(root, 'build', 'kernel-logs');

function readCommandLine() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { jobs: { type: 'string', default: String(availableParallelism()) } },
    });
    const jobs = Number(values.jobs);
    if (!(Number.isInteger(jobs) && jobs >= 1)) throw new Error('expected --jobs of 1 or more');
    const kernels = positionals.map((text) => {
      const name = readKernelName(text);
      if (name === undefined) throw new Error(`expected a kernel such as qemu:6.1, got ${text}`);
      return name;
    });
    return { kernels: kernels.length > 0 ? kernels : allKernels, jobs };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

/** @param {string} kernel */
async function test(kernel) {
  const log = join(logs, `${kernel.replace(':', '-')}.log`);
  writeFileSync(log, '');
  console.log(`${kernel}: begins; all it says is in ${log}`);
  const result = await testOnKernel(kernel, kernelTests(), (line) => {
    appendFileSync(log, `${line}\n`);
    if (/^ *✘|^lab: |Uncaught|Unhandled/.test(line)) console.log(`${kernel}: ${line.trim()}`);
  });
  const { passed, failed } = result.tally;
  const outcome = isUnavailable(result)
    ? 'not to be had here'
    : `${passed} passed, ${failed} failed`;
  console.log(`${kernel}: ${outcome}`);
  return result;
}

prepare(['build', 'lab', 'kernels']);
mkdirSync(logs, { recursive: true });
const emulated = kernels.filter(isEmulated);
const others = kernels.filter((kernel) => !isEmulated(kernel));
const run = (/** @type {string[]} */ names, /** @type {number} */ room) =>
  runJobs(
    names.map((kernel) => () => test(kernel)),
    room,
  );
// An emulated machine has two processors.
const results = [...(await run(others, jobs)), ...(await run(emulated, 1))];
console.log(`\n${kernelTable(results)}`);
process.exit(results.some((result) => result.status !== 0 && !isUnavailable(result)) ? 1 : 0);

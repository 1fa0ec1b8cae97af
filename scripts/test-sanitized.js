// The native tests under ThreadSanitizer, and kernel tests with the addon under AddressSanitizer and
// UndefinedBehaviorSanitizer, leaks at the end of each process included. With names of kernel test files as arguments
// (services, traffic-limits), only those; without, all. --kernel chooses the kernel: it needs an address space of 47
// bits, which user-mode Linux has from 7.2 on.
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { runJobs } from './jobs.js';
import { shareAmongGuests, statusOf } from './kernel-suite.js';
import { kernelTable } from './kernel-table.js';
import { gateTests, kernelTests } from './kernel-tests.js';
import { prepare, root, run } from './prepare.js';
import { prepareSanitizedNode, sanitizerReports } from './sanitized-node.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kernel: { type: 'string', default: 'uml:forky' } },
});

prepare(['build', 'lab', 'test', 'kernels']);
const files = choose(positionals.map((name) => basename(name).replace(/(?:\.test)?\.[jt]s$/, '')));
if (positionals.length === 0) run('scripts/native-tests', ['--thread'], process.env, root);

/** Guests have one processor each; with this number, none is left with much to do when the others are done. */
const guests = 6;

const surroundings = prepareSanitizedNode();
const jobs = shareAmongGuests(values.kernel, files, guests, surroundings);
const results = await runJobs(jobs, availableParallelism());
const reports = sanitizerReports();
for (const { name, text } of reports) console.error(`\n== ${name}\n${text}`);
console.log(`\n${kernelTable(results)}\n\n${reports.length} sanitizer reports`);
process.exit(statusOf(results) || (reports.length > 0 ? 1 : 0));

/**
 * The files of these names; where there are none, all that are for this kernel.
 * @param {readonly string[]} names
 */
function choose(names) {
  if (names.length === 0) return gateTests(values.kernel, true);
  const all = kernelTests();
  return names.map((name) => {
    const file = all.find((each) => basename(each) === `${name}.test.js`);
    if (file === undefined) {
      console.error(`expected the name of a file in test/kernel, got ${name}`);
      process.exit(2);
    }
    return file;
  });
}

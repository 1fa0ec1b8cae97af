// The whole gate: format, lint, types, build, tests on the host, tests of the native layers, a little fuzzing, counts of
// instructions and the like, tests on two kernels, package.
// With names of phases as arguments, only those.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runKernelPhase } from './kernel-phase.js';
import { ava, prepare, program, root, run } from './prepare.js';
import { sum, tally } from './tally.js';

/** How many tests ended how, over all phases. */
let totals = tally('');

/**
 * Runs tests where their output can be seen, and counts them.
 * @param {string} command
 * @param {readonly string[]} args
 */
async function runTests(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    process.stdout.write(chunk);
    output += chunk;
  }
  const status = await new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });
  const { passed, failed, skipped } = tally(output);
  totals = sum(totals, { passed, failed, skipped });
  if (status !== 0) finish(status || 1);
  if (passed + failed === 0) {
    console.error(`${command} ${args.join(' ')}: no test was run`);
    finish(1);
  }
}

/** @param {string} folder of compiled tests */
const tests = (folder) => `build/test/${folder}/**/*.test.js`;

/** @type {Record<string, () => void | Promise<void>>} */
const phases = {
  format() {
    run(program('biome'), [
      'ci',
      '--error-on-warnings',
      ...(process.stdout.isTTY ? [] : ['--colors=off']),
    ]);
    run(join(root, 'scripts', 'native-tests'), ['--format']);
  },
  types() {
    run(program('tsc'), ['--noEmit']);
  },
  unit: () => runTests(process.execPath, [ava, tests('unit'), tests('native'), tests('lab')]),
  native() {
    // The developers' build of the addon, where warnings are errors.
    run(program('cmake-js'), ['build', '-d', 'native', '-O', 'build/dev', '--log-level', 'warn']);
    return runTests(join(root, 'scripts', 'native-tests'), []);
  },
  fuzz() {
    run(join(root, 'scripts', 'fuzz'), []);
  },
  counts() {
    run(join(root, 'scripts', 'native-tests'), ['--counted']);
    return runTests(process.execPath, [ava, tests('counts')]);
  },
  async kernel() {
    const { tally: own, status } = await runKernelPhase();
    totals = sum(totals, own);
    if (status !== 0) finish(status);
  },
  package: () => runTests(process.execPath, [ava, tests('package')]),
};

/** @param {number} status */
function finish(status) {
  console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
  process.exit(status);
}

const chosen = process.argv.slice(2);
for (const name of chosen) {
  if (!(name in phases)) {
    console.error(`No phase "${name}"; there are ${Object.keys(phases).join(', ')}.`);
    process.exit(2);
  }
}
prepare(['build', 'lab', 'test', 'fuzz', 'kernels']);
for (const [name, phase] of Object.entries(phases)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`\n== ${name}`);
  await phase();
}
finish(0);

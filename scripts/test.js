// The whole gate: format, lint, types, build, tests on the host, tests of the native layers, tests on a kernel, package.
// With names of phases as arguments, only those.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { prepare, program, root, run } from './prepare.js';

/** How many tests ended how, over all phases. */
const totals = { passed: 0, failed: 0 };

/** AVA and doctest say at the end how many tests did what. */
const counters = [
  { pattern: /^ +(\d+) tests? passed$/gm, total: /** @type {const} */ ('passed') },
  { pattern: /^ +(\d+) tests? failed$/gm, total: /** @type {const} */ ('failed') },
  { pattern: /^ +(\d+) uncaught exceptions?$/gm, total: /** @type {const} */ ('failed') },
  { pattern: /^ +(\d+) unhandled rejections?$/gm, total: /** @type {const} */ ('failed') },
  { pattern: /^\[doctest\] test cases: .*?(\d+) passed/gm, total: /** @type {const} */ ('passed') },
  { pattern: /^\[doctest\] test cases: .*?(\d+) failed/gm, total: /** @type {const} */ ('failed') },
];

/**
 * Runs tests where their output can be seen, and counts them.
 * @param {string} command
 * @param {readonly string[]} args
 */
async function runTests(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  // Whole lines, because others may print as well.
  for await (const line of createInterface({ input: child.stdout })) {
    process.stdout.write(`${line}\n`);
    output += `${line}\n`;
  }
  const status = await new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });
  let counted = 0;
  for (const { pattern, total } of counters) {
    for (const [, number] of output.matchAll(pattern)) {
      totals[total] += Number(number);
      counted += Number(number);
    }
  }
  if (status !== 0) finish(status || 1);
  if (counted === 0) {
    console.error(`${command} ${args.join(' ')}: no test was run`);
    finish(1);
  }
}

const ava = join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs');

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
  async kernel() {
    const files = readdirSync(join(root, 'build/test/kernel'))
      .filter((name) => name.endsWith('.test.js'))
      .map((name) => `build/test/kernel/${name}`)
      .sort();
    // A guest has one processor: two of them, with every other file each.
    const halves = [0, 1].map((half) => files.filter((_, index) => index % 2 === half));
    await Promise.all(
      halves.map((half) =>
        runTests(join(root, 'scripts', 'lab'), [
          '--timeout=1800',
          process.execPath,
          ava,
          '--concurrency=1',
          '--timeout=5m',
          ...half,
        ]),
      ),
    );
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
prepare(['build', 'lab', 'test']);
for (const [name, phase] of Object.entries(phases)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`\n== ${name}`);
  await phase();
}
finish(0);

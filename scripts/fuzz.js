// Runs the fuzzed entry points of the native layers, under AddressSanitizer and UndefinedBehaviorSanitizer:
// scripts/fuzz [--seconds N] [TARGET ...]. The committed inputs are run whole, and then as many more as fit into the
// seconds. Prints a table in Markdown; an input that breaks something is kept and named.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { build, corpusOf, folder, programOf, subjectsOf, targets } from './fuzz-targets.js';
import { runJobs } from './jobs.js';
import { root } from './prepare.js';

/** @typedef {import('./fuzz-targets.js').Target} Target */

/** Seconds after which an input counts as one that never ends. */
const longest = 60;

const failures = join(folder, 'failures');

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {Promise<{ status: number | null, output: string }>}
 */
async function capture(program, args) {
  // Debian's binutils name lines where llvm-symbolizer is not there.
  const env = { ...process.env, ASAN_OPTIONS: 'allow_addr2line=1' };
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    output += text;
  });
  const status = await new Promise((resolve) => child.once('close', resolve));
  return { status, output };
}

/**
 * How many edges of the control flow in the code that a target is about were taken, of how many. Every check of a
 * sanitizer has one that is taken only where something is wrong.
 * @param {Target} target
 * @param {string} output
 */
function coverage(target, output) {
  const subjects = subjectsOf(target);
  let taken = 0;
  let all = 0;
  for (const [, some, of, file = ''] of output.matchAll(
    /COVERED_FUNC: .*?edges: (\d+)\/(\d+) .* (\/\S+):\d+$/gm,
  )) {
    if (!subjects.some((each) => file.startsWith(each))) continue;
    taken += Number(some);
    all += Number(of);
  }
  return { taken, all };
}

/**
 * Runs the committed inputs, and others for so many seconds.
 * @param {Target} target
 * @param {number} seconds
 */
async function fuzz(target, seconds) {
  const found = join(folder, 'found', target);
  for (const each of [found, failures]) mkdirSync(each, { recursive: true });
  const committed = corpusOf(target);
  const watched = [`-timeout=${longest}`, `-artifact_prefix=${failures}/${target}-`];
  const first = await capture(programOf(target), [...watched, '-runs=0', committed]);
  if (first.status !== 0) return { target, failure: first.output };
  const { status, output } = await capture(programOf(target), [
    ...watched,
    `-max_total_time=${seconds}`,
    '-print_final_stats=1',
    '-print_coverage=1',
    found,
    committed,
  ]);
  if (status !== 0) return { target, failure: output };
  return {
    target,
    executions: Number(/number_of_executed_units:\s*(\d+)/.exec(output)?.[1]),
    committed: readdirSync(committed).length,
    kept: Number(/\bcorp: (\d+)/.exec(output.slice(output.lastIndexOf('DONE')))?.[1]),
    ...coverage(target, output),
  };
}

/** @typedef {Awaited<ReturnType<typeof fuzz>>} Outcome */

/** @param {number} number */
const grouped = (number) => number.toLocaleString('en-US');

/**
 * @param {Outcome} outcome
 * @param {number} seconds
 */
function row(outcome, seconds) {
  if (outcome.failure !== undefined) return `| ${outcome.target} | failed | | | |`;
  const { target, executions, committed, kept, taken, all } = outcome;
  const share = ((100 * taken) / all).toFixed(1);
  return `| ${target} | ${grouped(executions)} | ${seconds} | ${committed} + ${grouped(kept)} | ${taken} of ${all} (${share} %) |`;
}

/**
 * @param {Target} target
 * @param {string} failure what the fuzzer said
 */
function explain(target, failure) {
  const input = /Test unit written to (\S+)/.exec(failure)?.[1];
  console.error(`\n${failure.split('\n').slice(-60).join('\n')}`);
  if (input === undefined) return;
  console.error(`${target} fails on ${relative(root, input)}; again with
  ${relative(root, programOf(target))} ${relative(root, input)}
Mended, it belongs into ${relative(root, corpusOf(target))}.`);
}

/** @param {readonly string[]} args */
export async function main(args) {
  const options = /** @type {const} */ ({ seconds: { type: 'string', default: '2' } });
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const seconds = Number(values.seconds);
  const chosen = positionals.length === 0 ? targets : positionals;
  const unknown = positionals.filter((each) => !targets.includes(/** @type {Target} */ (each)));
  if (!(seconds >= 1) || unknown.length > 0) {
    console.error(`usage: scripts/fuzz [--seconds N] [${targets.join(' | ')}] ...`);
    process.exit(2);
  }
  build();
  const jobs = chosen.map((each) => () => fuzz(/** @type {Target} */ (each), seconds));
  const outcomes = await runJobs(jobs, availableParallelism());
  console.log('| target | executions | seconds | inputs | edges |');
  console.log('| --- | ---: | ---: | ---: | ---: |');
  for (const each of outcomes) console.log(row(each, seconds));
  for (const { target, failure } of outcomes) {
    if (failure === undefined) continue;
    explain(target, failure);
    process.exitCode = 1;
  }
}

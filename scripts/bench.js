// The benchmarks: installs and builds what is missing first. `cliffs` as the first word measures the kernel's cliffs, in
// the lab, instead of the library; `start` how long the command takes to begin, here; `soak` works for long, in the lab.
import { join } from 'node:path';
import { longestTimeout } from '../lab/command.js';
import { prepare, root, run } from './prepare.js';

/**
 * What has a guest to itself: its file, the guest's memory, and the seconds that it may take. How long a soak works is
 * said by its options.
 * @type {Readonly<Record<string, readonly [file: string, memory: string, seconds: number]>>}
 */
const inLab = {
  cliffs: ['cliffs', '3G', 5400],
  soak: ['soak/main', '2G', longestTimeout],
};

const words = process.argv.slice(2);
const script = (/** @type {string} */ name) => join(root, 'build', 'bench', `${name}.js`);
const [first = '', ...rest] = words;
const guest = Object.hasOwn(inLab, first) ? inLab[first] : undefined;
prepare(['build', 'lab']);
if (guest !== undefined) {
  const [file, memory, seconds] = guest;
  const lab = [join(root, 'scripts', 'lab'), '--mem', memory, '--timeout', String(seconds), '--'];
  run(process.execPath, [...lab, process.execPath, script(file), ...rest]);
} else if (first === 'start') {
  run(process.execPath, [script('start'), ...rest]);
} else {
  run(process.execPath, [script('main'), ...words]);
}

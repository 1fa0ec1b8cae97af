// The benchmarks: installs and builds what is missing first. `cliffs` as the first word measures the kernel's cliffs, in
// the lab, instead of the library; `start` how long the command takes to begin, here.
import { join } from 'node:path';
import { prepare, root, run } from './prepare.js';

const words = process.argv.slice(2);
const script = (/** @type {string} */ name) => join(root, 'build', 'bench', `${name}.js`);
prepare(['build', 'lab']);
if (words[0] === 'cliffs') {
  const lab = [join(root, 'scripts', 'lab'), '--mem', '3G', '--timeout', '5400', '--'];
  run(process.execPath, [...lab, process.execPath, script('cliffs'), ...words.slice(1)]);
} else if (words[0] === 'start') {
  run(process.execPath, [script('start'), ...words.slice(1)]);
} else {
  run(process.execPath, [script('main'), ...words]);
}

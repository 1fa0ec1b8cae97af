// The soak: installs and builds what is missing, and works for long in the lab.
import { join } from 'node:path';
import { prepare, root, run } from './prepare.js';

const words = process.argv.slice(2);
/** Seconds that a guest is given; how long it works is said by the options. */
const timeLimit = String(7 * 24 * 3600);
const lab = [join(root, 'scripts', 'lab'), '--mem', '2G', '--timeout', timeLimit, '--'];

prepare(['build', 'lab']);
run(process.execPath, [
  ...lab,
  process.execPath,
  join(root, 'build', 'bench', 'soak', 'main.js'),
  ...words,
]);

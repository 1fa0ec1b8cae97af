// Counts instructions, executed blocks and memory of fixed work, and compares them with bench/counts/counts.json:
// npm run counts, or npm run counts -- --update to keep what was counted.
import { join } from 'node:path';
import { prepare, root, run } from './prepare.js';

prepare(['build', 'test']);
run(join(root, 'scripts', 'native-tests'), ['--counted']);
run(process.execPath, [
  join(root, 'build', 'bench', 'counts', 'main.js'),
  ...process.argv.slice(2),
]);

// The benchmark: installs and builds what is missing first.
import { join } from 'node:path';
import { prepare, root, run } from './prepare.js';

const build = join(root, 'build');
prepare(['build', 'lab']);
run('cc', [
  '-O2',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-pthread',
  '-o',
  join(build, 'limit'),
  join(root, 'bench', 'limit', 'limit.c'),
]);
run(process.execPath, [join(build, 'bench', 'main.js'), ...process.argv.slice(2)]);

// The main job, on real traffic: installs and builds what is missing, then plays the demonstration in the lab.
import { join } from 'node:path';
import { prepare, root, run } from './prepare.js';

prepare(['build', 'lab']);
run(join(root, 'scripts', 'lab'), [process.execPath, join(root, 'build', 'demo', 'main.js')]);

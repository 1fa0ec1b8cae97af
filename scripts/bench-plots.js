// Draws docs/growth.json again.
import { join } from 'node:path';
import { prepare, root, run } from './prepare.js';

prepare(['build']);
run(process.execPath, [join(root, 'build', 'bench', 'growth', 'draw.js'), join(root, 'docs')]);

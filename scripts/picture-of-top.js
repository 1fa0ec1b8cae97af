// Draws docs/top.svg: what `ipvs top` shows while real connections go through a kernel in the lab.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './prepare.js';
import { drawTerminal } from './terminal-picture.js';

prepare(['build', 'lab']);
const show = join('build', 'test', 'kernel', 'children', '_top-under-traffic.js');
const printed = execFileSync(join(root, 'scripts', 'lab'), [process.execPath, show], {
  cwd: root,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
/** @type {{ columns: number, lines: string[] }} */
const { columns, lines } = JSON.parse(printed);
const title = 'ipvs top: services and destinations with their rates under traffic';
writeFileSync(join(root, 'docs', 'top.svg'), drawTerminal(lines, columns, title));

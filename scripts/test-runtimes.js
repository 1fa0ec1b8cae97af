// The package as users have it, in everything that it is for: packs it with its binaries, installs it into an empty project
// without running a script, and runs test/runtimes/core.ts there, in the lab, in each release line of Node, in Bun and in
// Deno. Ends with a table. With names of runtimes as arguments (node, bun, node-22), only in those.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root, run } from './prepare.js';
import { fetchRuntime, runtimes } from './runtimes.js';

const project = join(root, 'build', 'runtimes', 'project');
const binary = join(root, 'prebuilds', `linux-${process.arch}`, 'ipvs.glibc.node');

/** What a program has to print at the end. */
const end = 'end';

function install() {
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project, { recursive: true });
  const words = ['pack', '--ignore-scripts', '--json', '--pack-destination', project];
  const [{ filename }] = JSON.parse(execFileSync('npm', words, { cwd: root, encoding: 'utf8' }));
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  const options = [
    '--ignore-scripts',
    '--omit=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  run('npm', ['install', ...options, join(project, filename)], process.env, project);
  copyFileSync(join(root, 'build', 'test', 'runtimes', 'core.js'), join(project, 'core.js'));
}

/** @param {import('./runtimes.js').Runtime} runtime */
function testIn(runtime) {
  const label = `${runtime.name} ${runtime.version}`;
  const program = fetchRuntime(runtime);
  const lab = ['--timeout', '120', '--env', 'PREBUILDS_ONLY=1', '--env', 'NO_COLOR=1', '--'];
  const command = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const words = [...lab, ...command, program, ...runtime.words, 'core.js'];
  const { status, stdout, stderr } = spawnSync(join(root, 'scripts', 'lab'), words, {
    cwd: project,
    encoding: 'utf8',
  });
  console.log(`\n${label}\n${stdout}${stderr}`.trimEnd());
  const passed = stdout.match(/^ok /gm)?.length ?? 0;
  const failed =
    stdout.match(/^not ok .*?(?=:)/gm)?.map((line) => line.slice('not ok '.length)) ?? [];
  const isWhole = status === 0 && stdout.trimEnd().endsWith(end);
  return { label, passed, failed, status, ok: isWhole && failed.length === 0 };
}

const chosen = process.argv.slice(2);
const named = (/** @type {import('./runtimes.js').Runtime} */ { name, version }) =>
  chosen.length === 0 || chosen.some((choice) => `${name}-${version}`.startsWith(choice));
if (!runtimes.some(named)) {
  console.error(`No runtime ${chosen.join(', ')}`);
  process.exit(2);
}
prepare(['build', 'lab']);
if (!existsSync(binary)) {
  run(process.execPath, [join(root, 'scripts', 'prebuild.js'), process.arch]);
}
install();
const results = runtimes.filter(named).map(testIn);
console.log('\n| runtime | passed | failed | |\n| --- | ---: | ---: | --- |');
for (const { label, passed, failed, status, ok } of results) {
  const note = ok ? '' : failed.join(', ') || `status ${status}`;
  console.log(`| ${label} | ${passed} | ${failed.length} | ${note} |`);
}
process.exit(results.every(({ ok }) => ok) ? 0 : 1);

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './prepare.js';

/**
 * Something that runs JavaScript.
 * @typedef {object} Runtime
 * @property {string} name
 * @property {string} version
 * @property {string} package that npm has it in, for the architectures of Node's names
 * @property {string} program in the package
 * @property {readonly string[]} words that begin its command line
 */

/** @param {string} version @returns {Runtime} */
const node = (version) => ({
  name: 'node',
  version,
  package: 'node-linux-ARCH',
  program: 'bin/node',
  words: [],
});

/** The oldest that the package is for. */
export const oldestRuntime = node('20.20.2');

/**
 * What the package is tried in; one of each release line of Node that it is for.
 * @type {readonly Runtime[]}
 */
export const runtimes = [
  oldestRuntime,
  ...['22.23.3', '24.21.0', '26.10.0'].map(node),
  {
    name: 'bun',
    version: '1.4.5',
    package: '@oven/bun-linux-ARCH',
    program: 'bin/bun',
    words: [],
  },
  {
    name: 'deno',
    version: '2.9.6',
    package: '@deno/linux-ARCH-glibc',
    program: 'deno',
    words: ['run', '--allow-all', '--no-lock', '--no-remote', '--node-modules-dir=manual'],
  },
];

/**
 * The program of a runtime, fetched from npm once; none of the scripts of its package is run.
 * @param {Runtime} runtime
 * @param {string} [arch]
 */
export function fetchRuntime({ name, version, ...runtime }, arch = process.arch) {
  const folder = join(root, 'build', 'runtimes', `${name}-${version}-${arch}`);
  const inside = join('node_modules', 'runtime', runtime.program);
  if (!existsSync(join(folder, inside))) {
    const draft = `${folder}.part`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    writeFileSync(join(draft, 'package.json'), '{ "private": true }\n');
    const wanted = `runtime@npm:${runtime.package.replace('ARCH', arch)}@${version}`;
    // By force: it can be one for another machine.
    const options = ['--force', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    run('npm', ['install', ...options, '--save-exact', wanted], process.env, draft);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  }
  return join(folder, inside);
}

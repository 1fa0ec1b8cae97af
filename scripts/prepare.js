import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Debian packages by what they are for. */
const packages = {
  build: ['g++', 'make', 'python3'],
  lab: ['busybox-static', 'iproute2', 'ipvsadm', 'kmod', 'strace', 'user-mode-linux', 'util-linux'],
  test: ['clang-format', 'cmake', 'doctest-dev', 'fish', 'mandoc', 'tmux', 'valgrind', 'zsh'],
  fuzz: ['clang', 'cmake', 'libclang-rt-dev', 'llvm'],
  kernels: ['patchelf', 'qemu-system-x86', 'xz-utils', 'zstd'],
  prebuild: ['binutils', 'g++', 'g++-aarch64-linux-gnu', 'make', 'python3', 'qemu-user'],
};

/** Packages that start a service when they are installed, so they are only unpacked, and a program that each has. */
const unpacked = {
  kernels: { prometheus: 'usr/bin/prometheus' },
};

/**
 * Runs a program where its output can be seen; ends the process with its status when it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export function run(command, args, env = process.env, cwd = root) {
  const { status, signal, error } = spawnSync(command, args, { cwd, stdio: 'inherit', env });
  if (error !== undefined) throw error;
  if (status === 0) return;
  console.error(`\n${command} ${args.join(' ')}: ${signal ?? `status ${status}`}`);
  process.exit(status ?? 1);
}

/** @param {string} name of a program of the npm packages */
export function program(name) {
  return join(root, 'node_modules', '.bin', name);
}

export const ava = join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs');

/**
 * Installs and builds what is missing; does next to nothing when nothing is.
 * @param {readonly (keyof typeof packages)[]} purposes
 */
export function prepare(purposes) {
  install(purposes);
  buildAddon();
  buildLimit();
  // What was compiled from a file that is no longer there must not be run.
  for (const folder of ['dist', 'build/bench', 'build/demo', 'build/examples', 'build/test']) {
    rmSync(join(root, folder), { recursive: true, force: true });
  }
  compile();
  run(program('tsc'), ['-p', 'tsconfig.dev.json']);
}

/**
 * Installs what is missing, and builds nothing.
 * @param {readonly (keyof typeof packages)[]} purposes
 */
export function install(purposes) {
  installDebianPackages(purposes.flatMap((purpose) => packages[purpose]));
  if (purposes.includes('kernels')) unpackDebianPackages(unpacked.kernels);
  installNpmPackages();
}

/** Compiles what is published: the library, and the command. */
export function compile() {
  run(program('tsc'), ['-p', 'tsconfig.build.json']);
  run(process.execPath, [join(root, 'scripts', 'bundle.js')]);
}

/** Builds the C program that the library is measured against. */
function buildLimit() {
  const source = join(root, 'bench', 'limit', 'limit.c');
  const limit = join(root, 'build', 'limit');
  if (existsSync(limit) && modified(source) < modified(limit)) return;
  run('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-pthread', '-o', limit, source]);
}

/** @param {readonly string[]} names */
function installDebianPackages(names) {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  if (process.getuid?.() !== 0) {
    console.error(
      `These Debian packages are missing; as root, run\n  apt-get ${install.join(' ')}\nand try again.`,
    );
    process.exit(69);
  }
  console.log(`Installing ${missing.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['--quiet', '--quiet', 'update'], env);
  run('apt-get', ['--quiet', '--quiet', ...install], env);
}

/**
 * Unpacks packages into folders of their names below build/unpacked, without what they depend on. That takes no privilege.
 * @param {Readonly<Record<string, string>>} wanted
 */
function unpackDebianPackages(wanted) {
  for (const [name, file] of Object.entries(wanted)) {
    const folder = join(root, 'build', 'unpacked', name);
    if (existsSync(join(folder, file))) continue;
    console.log(`Unpacking ${name}`);
    if (process.getuid?.() === 0) run('apt-get', ['--quiet', '--quiet', 'update']);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    // Another user, whom apt downloads as, cannot enter every home directory.
    const options = ['--quiet', '--quiet', '-o', 'APT::Sandbox::User=root'];
    run('apt-get', [...options, 'download', name], process.env, folder);
    for (const archive of readdirSync(folder).filter((each) => each.endsWith('.deb'))) {
      run('dpkg-deb', ['-x', join(folder, archive), folder]);
      rmSync(join(folder, archive));
    }
  }
}

/** @param {string} name */
function isInstalled(name) {
  const { status, stdout } = spawnSync('dpkg', ['--status', name], {
    encoding: 'utf8',
  });
  return status === 0 && /^Status: install ok installed$/m.test(stdout);
}

function installNpmPackages() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const wanted = join(root, 'package-lock.json');
  if (existsSync(installed) && modified(installed) >= modified(wanted)) return;
  // The addon is built below, where its flags are known; nothing else needs its install script.
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
}

function buildAddon() {
  const addon = join(root, 'build', 'Release', 'ipvs.node');
  const sources = [join(root, 'binding.gyp'), ...filesOf(join(root, 'native'))];
  if (existsSync(addon) && sources.every((file) => modified(file) < modified(addon))) return;
  run(program('node-gyp'), [
    'configure',
    'build',
    '--jobs',
    'max',
    '--loglevel',
    'warn',
    ...nodeHeaders(),
  ]);
}

/** What node-gyp has to be told for the headers of the running Node: without them beside it, it downloads them. */
export function nodeHeaders() {
  const prefix = dirname(dirname(process.execPath));
  const isThere = existsSync(join(prefix, 'include', 'node', 'node_api.h'));
  return isThere ? [`--nodedir=${prefix}`] : [];
}

/**
 * @param {string} folder
 * @returns {string[]} the files below it
 */
function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** @param {string} file */
function modified(file) {
  return statSync(file).mtimeMs;
}

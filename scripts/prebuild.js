// Builds the binaries that the package brings, from binding.gyp as users would, but against an old C library, and with
// nothing of this machine in them: two builds of the same sources are the same to the byte. With names of architectures
// as arguments (x64, arm64), only those. Each is checked, and loaded into Node: a foreign one under qemu, in a Node that
// npm has.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { faultsOf, readBinary } from './binary.js';
import { install, nodeHeaders, program, root, run } from './prepare.js';
import { fetchRuntime, oldestRuntime } from './runtimes.js';
import { fetchSysroot } from './sysroots.js';

/**
 * @typedef {object} Target
 * @property {string} arch in Node's words
 * @property {string} debian the same in Debian's
 * @property {string} triplet the same in those of the GNU tools
 * @property {string} loader of programs
 * @property {readonly string[]} emulator that runs them
 */

/** @type {readonly Target[]} */
const targets = [
  {
    arch: 'x64',
    debian: 'amd64',
    triplet: 'x86_64-linux-gnu',
    loader: 'ld-linux-x86-64.so.2',
    emulator: [],
  },
  {
    arch: 'arm64',
    debian: 'arm64',
    triplet: 'aarch64-linux-gnu',
    loader: 'ld-linux-aarch64.so.1',
    emulator: ['qemu-aarch64'],
  },
];

/** What of the package the addon is built from. */
const sources = ['binding.gyp', 'package.json', 'native'];

/** What the compiler and the linker read besides. */
const own = join(root, 'scripts', 'prebuild');

/** @param {Target} target */
async function build(target) {
  const { arch, debian, triplet } = target;
  const sysroot = await fetchSysroot(debian, triplet);
  const folder = join(root, 'build', 'prebuild', arch);
  rmSync(folder, { recursive: true, force: true });
  for (const name of sources) cpSync(join(root, name), join(folder, name), { recursive: true });
  const words = ['configure', 'build', `--arch=${arch}`, ...nodeHeaders()];
  const stubs = join(folder, 'old_glibc.o');
  run(`${triplet}-g++`, ['-c', '-O2', '-fPIC', '-o', stubs, join(own, 'old_glibc.cc')]);
  const environment = { ...process.env, ...compilerFor(triplet, sysroot, stubs) };
  run(program('node-gyp'), [...words, '--jobs=max', '--loglevel=warn'], environment, folder);
  const binary = join(root, 'prebuilds', `linux-${arch}`, 'ipvs.glibc.node');
  mkdirSync(dirname(binary), { recursive: true });
  const built = join(folder, 'build', 'Release', 'ipvs.node');
  run(`${triplet}-strip`, ['--strip-all', '-R', '.comment', '-o', binary, built]);
  return binary;
}

/**
 * What node-gyp hears from the environment.
 * @param {string} triplet
 * @param {{ folder: string, tools: string }} sysroot
 * @param {string} stubs an object file
 */
function compilerFor(triplet, { folder, tools }, stubs) {
  const compiler = `${triplet}-g++`;
  const headers = [...ownHeaders(compiler), join(tools, 'include')];
  const libraries = join(tools, 'lib');
  return {
    CC: `${triplet}-gcc`,
    CXX: compiler,
    AR: `${triplet}-ar`,
    LINK: compiler,
    CXXFLAGS: [
      '-nostdinc++',
      ...headers.flatMap((path) => ['-isystem', path]),
      // Its waiting by the steady clock needs glibc 2.30.
      `-include ${join(own, 'old_glibc.h')}`,
      `-ffile-prefix-map=${root}=.`,
      '-ffunction-sections -fdata-sections -g0',
    ].join(' '),
    LDFLAGS: [
      `-B${libraries} -L${libraries} -Wl,--sysroot=${folder}`,
      `-static-libstdc++ -static-libgcc -Wl,--version-script=${join(own, 'exports.map')}`,
      `-Wl,--gc-sections -Wl,--build-id=none ${stubs}`,
    ].join(' '),
  };
}

/**
 * Where a compiler has the headers of C++: not those of C, which are of this machine.
 * @param {string} compiler
 */
function ownHeaders(compiler) {
  const words = ['-E', '-x', 'c++', '-v', '/dev/null', '-o', '/dev/null'];
  const text = execFileSync('sh', ['-c', '"$@" 2>&1', 'sh', compiler, ...words], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('/') && line.includes('/c++/'));
}

/**
 * Loads the binary into a Node of its architecture that has the old C library.
 * @param {Target} target
 * @param {string} binary
 */
async function load({ arch, debian, triplet, loader, emulator }, binary) {
  const { tools } = await fetchSysroot(debian, triplet);
  const libraries = join(tools, 'lib');
  const script = `process.exit(typeof require(${JSON.stringify(binary)}).open === 'function' ? 0 : 1)`;
  const node = [fetchRuntime(oldestRuntime, arch), '-e', script];
  const words = [...emulator, join(libraries, loader), '--library-path', libraries, ...node];
  run(words[0] ?? '', words.slice(1));
}

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => targets.every(({ arch }) => arch !== name));
if (unknown.length > 0) {
  console.error(`No architecture ${unknown.join(', ')}; there are x64 and arm64.`);
  process.exit(2);
}
install(['prebuild']);
for (const target of targets) {
  if (chosen.length > 0 && !chosen.includes(target.arch)) continue;
  const file = await build(target);
  const binary = readBinary(file);
  const sum = createHash('sha256').update(readFileSync(file)).digest('hex');
  console.log(`${file.slice(root.length)}: ${binary.size} bytes, glibc ${binary.versions.at(-1)}`);
  console.log(`sha256 ${sum}`);
  const faults = faultsOf(binary);
  for (const fault of faults) console.error(`${target.arch}: ${fault}`);
  if (faults.length > 0) process.exit(1);
  await load(target, file);
}

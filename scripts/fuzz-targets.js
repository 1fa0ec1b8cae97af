import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './prepare.js';

const sources = join(root, 'test', 'fuzz');
export const folder = join(root, 'build', 'fuzz');

/** The files of `native/` that each target is about: what is told of its coverage is of these. */
const subjects = {
  attribute: ['netlink/attribute_reader.h', 'netlink/attribute_writer'],
  message: ['netlink/message'],
  answer: ['ipvs/schema', 'ipvs/table', 'address_text'],
  request: [
    'ipvs/netlink_transport',
    'ipvs/schema',
    'ipvs/sockopt_limits',
    'ipvs/sockopt_transport',
    'netlink/connection',
    'netlink/message',
    'route/',
  ],
  option: ['ipvs/option_codec', 'ipvs/snapshot', 'ipvs/sockopt_transport', 'ipvs/table'],
  connection: [
    'proc/connection_chunk',
    'proc/connection_filter',
    'proc/connection_line',
    'proc/line_reader',
    'proc/seen_connections',
  ],
  route: ['route/messages'],
};

/** @typedef {keyof typeof subjects} Target */

export const targets = /** @type {Target[]} */ (Object.keys(subjects));

/** @param {Target} target */
export const subjectsOf = (target) => subjects[target].map((each) => join(root, 'native', each));

/** @param {Target} target */
export const corpusOf = (target) => join(sources, 'corpus', target);

/** @param {Target} target */
export const programOf = (target) => join(folder, `fuzz_${target}`);

/** Debian names its Clang with a version, unless the package without one is there as well. */
function compiler() {
  const named = readdirSync('/usr/bin').filter((name) => /^clang\+\+-\d+$/.test(name));
  return existsSync('/usr/bin/clang++') ? 'clang++' : (named.sort().at(-1) ?? 'clang++');
}

/** Builds the targets; what has not changed is not built again. */
export function build() {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'CMakeCache.txt'))) {
    const ninja = spawnSync('ninja', ['--version']).status === 0 ? ['-G', 'Ninja'] : [];
    const options = ['IPVS_ADDON=OFF', 'IPVS_SANITIZE=ON', 'IPVS_FUZZ=ON'];
    run('cmake', [
      ...['-S', 'native', '-B', folder, ...ninja, '--log-level=ERROR'],
      ...[...options, `CMAKE_CXX_COMPILER=${compiler()}`].map((each) => `-D${each}`),
    ]);
  }
  const { status, stdout } = spawnSync(
    'cmake',
    ['--build', folder, '--parallel', '--target', 'ipvs_fuzz'],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (status === 0) return;
  // What it says matters only when it fails.
  console.error(stdout);
  process.exit(1);
}

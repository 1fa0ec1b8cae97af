import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabUnavailableError } from './unavailable.js';

const initScript = new URL('init.sh', import.meta.url);

/**
 * A directory of the host that the guest sees at the same path.
 * @typedef {object} Share
 * @property {string} path
 * @property {'ro' | 'rw'} access
 */

/**
 * What is to be run, and in which surroundings.
 * @typedef {object} Task
 * @property {readonly string[]} command
 * @property {string} directory
 * @property {Readonly<Record<string, string>>} environment
 * @property {readonly Share[]} shares
 * @property {readonly string[]} modules
 */

/** @typedef {ReturnType<typeof createJob>} Job */

/** The directory through which host and guest talk; the guest's /run/lab. */
export function createJob() {
  const directory = createDirectory();
  /** @param {string} name */
  const path = (name) => join(directory, name);
  /** @param {string} name @param {string} text */
  const write = (name, text, mode = 0o644) => writeFileSync(path(name), text, { mode });
  /** @param {string} name @param {string} target */
  const link = (name, target) => symlinkSync(target, path(name));

  for (const name of ['bin', 'dev', 'home', 'lib', 'tmp', 'usr/lib']) {
    mkdirSync(path(name), { recursive: true });
  }
  for (const name of ['out', 'err', 'kernel.log', 'machine.log']) write(name, '');

  return {
    directory,
    path,
    /**
     * @param {import('./kinds.js').Kind} kind
     * @param {Task} task
     */
    describe({ busybox, modprobe, moduleTree }, task) {
      const load = moduleTree ? [modprobe, '-d', '/run/lab'] : [modprobe];
      write('init', initText(busybox), 0o755);
      write('setup', setupText(task, load));
      write('command', commandText(task));
      write('bin/modprobe', `#!/bin/sh\nexec ${load.map(quote).join(' ')} "$@"\n`, 0o755);
      if (moduleTree) {
        // Where modprobe looks depends on its version.
        link('lib/modules', moduleTree);
        link('usr/lib/modules', moduleTree);
      }
      link('job', directory);
      for (const [index, share] of task.shares.entries()) link(`share${index}`, share.path);
      link('dev/fd', '/proc/self/fd');
      for (const [index, name] of ['stdin', 'stdout', 'stderr'].entries()) {
        link(`dev/${name}`, `/proc/self/fd/${index}`);
      }
    },
    /**
     * A file's text, or nothing if there is no such file.
     * @param {string} name
     */
    read(name) {
      try {
        return readFileSync(path(name), 'utf8');
      } catch {
        return undefined;
      }
    },
    remove() {
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** The path stands on a kernel's command line, so it must be a plain word. */
function createDirectory() {
  const candidates = [...new Set([tmpdir(), '/tmp', '/var/tmp'])];
  for (const candidate of candidates) {
    try {
      const parent = realpathSync(candidate);
      if (/^[\w/.+-]+$/.test(parent)) return mkdtempSync(join(parent, 'ipvs-lab-'));
    } catch {
      // Not this one.
    }
  }
  throw new LabUnavailableError(
    `the lab needs a directory it can write to, one of ${candidates.join(', ')}`,
  );
}

/** @param {string | undefined} busybox */
function initText(busybox) {
  const shell = busybox ? `#!${busybox} sh\nbusybox=${quote(busybox)}` : '#!/bin/sh';
  return `${shell}\n${readFileSync(initScript, 'utf8')}`;
}

/**
 * @param {Task} task
 * @param {readonly string[]} load
 */
function setupText({ shares, modules }, load) {
  const words = [...load, '-a', '-q', 'ipv6', ...modules];
  return [
    ...shares.map(
      ({ path, access }, index) => `share share${index} ${quote(path)} ${access} loose`,
    ),
    // Not every kernel has all of them.
    `${words.map(quote).join(' ')} || :`,
    '',
  ].join('\n');
}

/** @param {Task} task */
function commandText({ command, directory, environment }) {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const words = [...variables, ...command].map(quote);
  return `cd ${quote(directory)} || exit 126\nexec /usr/bin/env -i -- ${words.join(' ')}\n`;
}

/** @param {string} text */
function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { obtainFromDebian } from './debian.js';
import { debianUml, umlProgram } from './debian-uml.js';
import { startMachine } from './machine.js';
import { findMemoryDirectory } from './memory.js';
import { claimProcessor } from './processors.js';
import { findTool, requireTools } from './tools.js';
import { isOfVersion } from './versions.js';

/** @typedef {import('./kinds.js').Kind} Kind */

/**
 * User-mode Linux on the host's own files.
 * @param {import('./kinds.js').KindOptions} options
 * @returns {Promise<Kind>}
 */
export async function prepareUml({ kernel, memory, signal }) {
  const own = kernel ? [] : /** @type {const} */ (['linux.uml']);
  const tools = requireTools('user-mode Linux', [...own, 'busybox', 'ip', 'modprobe', 'taskset']);
  const program = kernel ? await findProgram(kernel, signal) : realpathSync(tools['linux.uml']);
  const memoryDirectory = findMemoryDirectory(memory);

  return {
    name: 'uml',
    isGuest: true,
    bootLimit: 60,
    busybox: tools.busybox,
    modprobe: tools.modprobe,
    moduleTree: join(dirname(program), '../lib/uml/modules'),
    async start(job) {
      const { processor, release } = await claimProcessor();
      const log = openSync(job.path('machine.log'), 'a');
      const kernelLog = openSync(job.path('kernel.log'), 'a');
      try {
        const machine = await startMachine(
          [
            // The core file of a dead guest would be as large as its memory.
            ...['/bin/sh', '-c', 'ulimit -c 0; exec "$@"', 'sh'],
            ...[tools.taskset, '-c', String(processor)],
            program,
            `mem=${memory}M`,
            ...['rootfstype=hostfs', 'rootflags=/', 'ro', `init=${job.path('init')}`],
            ...[`LAB_JOB=${job.directory}`, 'LAB_KIND=uml'],
            ...[`umid=${basename(job.directory)}`, `uml_dir=${job.directory}/`],
            ...['con=null', 'ssl=null', 'console=ttyS0', 'ssl0=null,fd:3'],
            // Any number near the truth saves measuring it, a sixth of a second.
            ...['quiet', 'loglevel=7', 'noreboot', 'lpj=20000000'],
            // From 7.x on: twice as fast as the ptrace of old.
            'seccomp=auto',
          ],
          {
            cwd: job.directory,
            env: { ...process.env, TMPDIR: memoryDirectory },
            stdio: ['ignore', log, log, kernelLog],
          },
        );
        void machine.ended.then(release);
        return machine;
      } finally {
        closeSync(log);
        closeSync(kernelLog);
      }
    },
  };
}

/**
 * The kernel asked for: a program, or a version or suite of which one is installed or can be fetched.
 * @param {string} wanted
 * @param {AbortSignal | undefined} signal
 */
async function findProgram(wanted, signal) {
  if (wanted.includes('/')) return realpathSync(wanted);
  const installed = findTool('linux.uml');
  const version = installed && execFileSync(installed, ['--version'], { encoding: 'utf8' });
  if (installed && isOfVersion(version?.trim() ?? '', wanted)) return realpathSync(installed);
  return umlProgram(await obtainFromDebian(debianUml, wanted, signal));
}

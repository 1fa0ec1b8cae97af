import { execFileSync } from 'node:child_process';
import { closeSync, openSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { startMachine } from './machine.js';
import { findMemoryDirectory } from './memory.js';
import { claimProcessor } from './processors.js';
import { requireTools } from './tools.js';
import { LabUnavailableError } from './unavailable.js';

/** @typedef {import('./kinds.js').Kind} Kind */

/**
 * User-mode Linux on the host's own files.
 * @param {import('./kinds.js').KindOptions} options
 * @returns {Kind}
 */
export function prepareUml({ kernel, memory }) {
  const tools = requireTools('user-mode Linux', [
    'linux.uml',
    'busybox',
    'ip',
    'modprobe',
    'taskset',
  ]);
  const program = findKernel(tools['linux.uml'], kernel);
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
 * The kernel asked for: a program, or the version of the one installed.
 * @param {string} installed
 * @param {string | undefined} wanted
 */
function findKernel(installed, wanted) {
  if (wanted?.includes('/')) return realpathSync(wanted);
  const version = wanted && execFileSync(installed, ['--version'], { encoding: 'utf8' }).trim();
  if (version && version !== wanted && !version.startsWith(`${wanted}.`)) {
    throw new LabUnavailableError(
      `user-mode Linux here is ${version}, not ${wanted}: give the path of another linux.uml, or --kind qemu`,
    );
  }
  return realpathSync(installed);
}

import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { obtainFromDebian } from './debian.js';
import { debianKernel } from './debian-kernel.js';
import { initramfs } from './initramfs.js';
import { kvmWorks } from './kvm.js';
import { startMachine } from './machine.js';
import { installation, requireTools } from './tools.js';
import { LabUnavailableError } from './unavailable.js';
import { moduleTree } from './unpack-kernel.js';

/**
 * A kernel of Debian's on an emulated machine, on the host's own files.
 * @param {import('./kinds.js').KindOptions} options
 * @returns {Promise<import('./kinds.js').Kind>}
 */
export async function prepareQemu({ kernel, memory, signal }) {
  const tools = requireTools('qemu', ['qemu-system-x86_64', 'busybox', 'modprobe', 'ip']);
  const qemu = tools['qemu-system-x86_64'];
  requireStatic(tools.busybox);
  const directory = await obtainFromDebian(debianKernel, kernel, signal);

  return {
    name: 'qemu',
    isGuest: true,
    bootLimit: 120,
    busybox: tools.busybox,
    modprobe: tools.modprobe,
    moduleTree: moduleTree(directory),
    async start(job, shares) {
      writeFileSync(job.path('initramfs'), initramfs(tools.busybox, join(directory, 'early')));
      const accelerator = kvmWorks(qemu, job.path('disk')) ? 'kvm' : 'tcg,thread=multi';
      const log = openSync(job.path('machine.log'), 'a');
      try {
        return await startMachine(
          [
            qemu,
            ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
            ...['-M', 'q35', '-accel', accelerator, '-cpu', 'max'],
            ...['-smp', String(Math.min(availableParallelism(), 2)), '-m', `${memory}M`],
            ...['-kernel', join(directory, 'vmlinux'), '-initrd', job.path('initramfs')],
            ...['-append', commandLine(job)],
            ...['-serial', `file:${job.path('kernel.log')}`, '-device', 'virtio-rng-pci'],
            ...share('root', '/', 'ro'),
            ...share('job', job.directory, 'rw'),
            ...shares.flatMap(({ access }, index) =>
              share(`share${index}`, job.path(`share${index}`), access),
            ),
          ],
          { cwd: job.directory, stdio: ['ignore', log, log] },
        );
      } finally {
        closeSync(log);
      }
    },
  };
}

/** @param {import('./job.js').Job} job */
function commandLine(job) {
  return [
    ...['console=ttyS0', 'quiet', 'loglevel=7', 'panic=-1', 'mitigations=off', 'nokaslr'],
    ...[`LAB_JOB=${job.directory}`, 'LAB_KIND=qemu'],
  ].join(' ');
}

/**
 * @param {string} name
 * @param {string} path
 * @param {'ro' | 'rw'} access
 */
function share(name, path, access) {
  const readonly = access === 'ro' ? 'on' : 'off';
  return [
    '-fsdev',
    `local,id=${name},path=${path},security_model=none,multidevs=remap,readonly=${readonly}`,
    '-device',
    `virtio-9p-pci,fsdev=${name},mount_tag=${name}`,
  ];
}

/** @param {string} busybox */
function requireStatic(busybox) {
  if (!readFileSync(busybox).includes('/ld-linux')) return;
  throw new LabUnavailableError(
    `qemu needs a static busybox, and ${busybox} is none. On Debian or Ubuntu:\n  ${installation(['busybox-static'])}`,
  );
}

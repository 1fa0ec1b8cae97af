const versions = ['5.10', '6.1', '6.12', '6.16', '6.17', '6.18', '7.2'];

/**
 * The lines of kernels that Debian has packages of: builds of user-mode Linux, which take the
 * least time, and kernels of its own. A suite stands for whatever kernel it has.
 */
export const allKernels = [
  ...['5.10', '6.1', '6.12', 'forky'].map((version) => `uml:${version}`),
  ...[...versions, 'experimental'].map((version) => `qemu:${version}`),
];

/** The kernel that the lab installs, of the Debian that it runs on. */
export const ownKernel = 'uml';

/** What the gate runs on: the newest kernel, which takes half the time, and the one that most directors have. */
export const gateKernels = ['uml:forky', ownKernel];

/**
 * The name of a kernel in full: 6.12 is uml:6.12. Nothing if it is no name of one.
 * @param {string} text
 */
export function readKernelName(text) {
  const [, kind = 'uml', version] = /^(?:(uml|qemu):)?([\w.+-]+)$/.exec(text) ?? [];
  if (version === undefined) return undefined;
  return version === 'uml' || version === 'qemu' ? version : `${kind}:${version}`;
}

/**
 * What the lab has to be told to start it. Without a version it is the lab's own choice.
 * @param {string} kernel
 */
export function labOptions(kernel) {
  const [kind = '', version] = kernel.split(':');
  if (version !== undefined) return ['--kind', kind, '--kernel', version];
  return kind === 'qemu' ? ['--kind', 'qemu'] : [];
}

/** @param {string} kernel */
export function isEmulated(kernel) {
  return kernel.startsWith('qemu');
}

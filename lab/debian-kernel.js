import { unpackKernel } from './unpack-kernel.js';
import { newest } from './versions.js';

const pattern = /^linux-image-(\d+\.[\w.+]*(?:-\d+)?)-amd64$/;

/**
 * The kernels that Debian installs.
 * @type {import('./debian.js').Product}
 */
export const debianKernel = {
  name: 'qemu',
  pattern,
  tools: ['depmod', 'modprobe'],
  async find(apt, version) {
    const words = version ? ['pkgnames', 'linux-image-'] : ['depends', 'linux-image-amd64'];
    const name = newest((await apt.ask(words)).split(/\s+/), pattern, version);
    if (name === undefined) return undefined;
    // From 6.19 on the image is only a list of packages with its parts; <so> are those that are not there.
    const depends = await apt.ask(['depends', name]);
    const parts = depends.match(/(?<= )linux-(?:base|binary|modules)-\d[\w.+-]*/g) ?? [];
    return { name, packages: [name, ...parts] };
  },
  complete: (root, _apt, _place, signal) => unpackKernel(root, signal),
};

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const init = `#!/bin/busybox sh
set -e
/bin/busybox mkdir -p /proc /root
/bin/busybox mount -t proc proc /proc
for module in /early/*; do insmod "$module"; done
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=524288,cache=loose root /root
umount /proc
exec /bin/busybox switch_root /root "$LAB_JOB/init"
`;

/**
 * The file system a guest starts from: it finds the host's files and goes there.
 * @param {string} busybox a static one
 * @param {string} early the directory of the modules to load
 */
export function initramfs(busybox, early) {
  const modules = readdirSync(early).sort();
  const files = [
    ...modules.map((name) => ({ name: `early/${name}`, content: readFileSync(join(early, name)) })),
    { name: 'bin/busybox', content: readFileSync(busybox) },
    { name: 'init', content: Buffer.from(init) },
  ];
  return Buffer.concat([
    ...['bin', 'early'].flatMap((name) => entry(name, 0o40755, Buffer.alloc(0))),
    ...files.flatMap(({ name, content }) => entry(name, 0o100755, content)),
    ...entry('TRAILER!!!', 0, Buffer.alloc(0)),
  ]);
}

let inode = 0;

/**
 * One file, as linux/Documentation/driver-api/early-userspace/buffer-format.rst
 * has it.
 * @param {string} name
 * @param {number} mode
 * @param {Buffer} content
 */
function entry(name, mode, content) {
  const path = Buffer.from(`${name}\0`);
  const numbers = [++inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, path.length, 0];
  const fields = numbers.map((number) => number.toString(16).padStart(8, '0'));
  return [padded(Buffer.from(`070701${fields.join('')}${path}`)), padded(content)];
}

/** @param {Buffer} bytes */
function padded(bytes) {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

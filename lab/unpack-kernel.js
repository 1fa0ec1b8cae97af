import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a guest needs before it sees the host's files. */
const earlyModules = ['virtio_pci', '9pnet_virtio', '9p'];

/** Two thirds of all, and no use without such hardware. */
const hardware = ['drivers/gpu', 'drivers/media', 'drivers/net/wireless', 'drivers/scsi', 'sound'];

/**
 * Completes an unpacked kernel package with what starting it takes: modprobe's
 * tables, `vmlinux`, and in `early` the modules to load first, in that order.
 * @param {string} root
 * @param {AbortSignal | undefined} signal
 */
export async function unpackKernel(root, signal) {
  const base = existsSync(join(root, 'lib/modules')) ? root : join(root, 'usr');
  const tree = join(base, 'lib/modules');
  const [release = ''] = readdirSync(tree);
  for (const name of hardware) {
    rmSync(join(tree, release, 'kernel', name), { recursive: true, force: true });
  }
  await run('depmod', ['-b', base, release], { signal });

  const images = [join(root, 'boot', `vmlinuz-${release}`), join(tree, release, 'vmlinuz')];
  const image = readFileSync(images.find((path) => existsSync(path)) ?? '');
  writeFileSync(join(root, 'vmlinux'), unpackImage(image) ?? image);

  const words = ['-d', base, '-S', release, '--show-depends', '-a', ...earlyModules];
  const { stdout } = await run('modprobe', words, { signal });
  mkdirSync(join(root, 'early'));
  const files = new Set(stdout.match(/(?<=^insmod )\S+/gm));
  for (const [index, file] of [...files].entries()) {
    const packed = readFileSync(file);
    const name = `${String(index).padStart(2, '0')}.ko`;
    writeFileSync(join(root, 'early', name), decompress(packed) ?? packed);
  }
}

/**
 * The kernel proper of a boot image: a guest takes seconds to unpack it itself.
 * @param {Buffer} image
 */
function unpackImage(image) {
  // The image's header says where: linux/Documentation/arch/x86/boot.rst.
  const setup = (image.readUInt8(0x1f1) + 1) * 512;
  const start = setup + image.readUInt32LE(0x248);
  return decompress(image.subarray(start, start + image.readUInt32LE(0x24c)));
}

/** What packed data begins with, and what unpacks it. */
const packings = [
  { magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), program: 'xz' },
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), program: 'zstd' },
  { magic: Buffer.from([0x1f, 0x8b, 0x08]), program: 'gzip' },
];

/**
 * Nothing if this is not packed, or there is no program to unpack it.
 * @param {Buffer} packed
 */
function decompress(packed) {
  const packing = packings.find(({ magic }) => packed.subarray(0, magic.length).equals(magic));
  if (packing === undefined) return undefined;
  const { stdout } = spawnSync(packing.program, ['-dc'], { input: packed, maxBuffer: 2 ** 29 });
  // A size may follow the packed data, which the program then complains about.
  return stdout?.length > packed.length ? stdout : undefined;
}

/**
 * Where the modules of an unpacked kernel are, by version.
 * @param {string} root
 */
export function moduleTree(root) {
  return (
    [join(root, 'lib/modules'), join(root, 'usr/lib/modules')].find((path) => existsSync(path)) ??
    root
  );
}

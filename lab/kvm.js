import { spawnSync } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';

/** Writes 16 to the port at which the device below turns it into status 33. */
const program = Buffer.from([0xba, 0x01, 0x05, 0xb0, 0x10, 0xee, 0xf4, 0xeb, 0xfd]);

/**
 * Whether KVM works, which its device being there does not tell.
 * @param {string} qemu
 * @param {string} disk a file to be written
 */
export function kvmWorks(qemu, disk) {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return false;
  }
  const sector = Buffer.alloc(512);
  program.copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  writeFileSync(disk, sector);
  const { status } = spawnSync(
    qemu,
    [
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-accel', 'kvm'],
      ...['-drive', `file=${disk},format=raw`, '-device', 'isa-debug-exit,iobase=0x501'],
    ],
    { stdio: 'ignore', timeout: 1000, killSignal: 'SIGKILL' },
  );
  return status === 33;
}

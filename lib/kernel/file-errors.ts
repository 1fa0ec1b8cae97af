import type { Operation } from '../../types/error.js';

/** What an errno of a file can be about. */
export interface FileDetails {
  /** The file, or the folder. */
  readonly file?: string | undefined;
  /** What is not there, where the errno is `ENOENT` and it has been found out. */
  readonly missing?: string | undefined;
  /** Why a kernel that has IPVS may not have the file. */
  readonly absent?: string | undefined;
  /** What more can stand in the way of writing. */
  readonly guard?: string | undefined;
  /** What the kernel can have against the value. */
  readonly refused?: string | undefined;
}

/** What an errno means of which the source is a file. */
export function fileReason(operation: Operation, code: string, details: FileDetails): string {
  const { file = 'the file' } = details;
  switch (code) {
    case 'ENOENT':
      return absentReason(file, details);
    case 'EACCES':
    case 'EPERM':
      return operation === 'set-sysctl' ? guardedReason(file, details) : `${file} may not be read`;
    case 'EROFS':
      return `${file} cannot be written: /proc/sys is mounted read-only here, as it is in most containers`;
    case 'EINVAL':
    case 'ERANGE':
      return `this kernel does not take the value for ${file}: ${details.refused ?? 'it is beyond what it knows'}`;
    case 'EMFILE':
    case 'ENFILE':
      return `no file descriptor is left for ${file}: close some, or raise the limit`;
    case 'EIO':
      return `${file} could not be read to its end: the module that it belongs to has been unloaded meanwhile`;
    case 'EFBIG':
      return `${file} is longer than it can be`;
    default:
      return operation === 'set-sysctl'
        ? `${file} could not be written`
        : `${file} could not be read`;
  }
}

function absentReason(file: string, { missing, absent }: FileDetails): string {
  if (missing === 'ipvs') {
    return 'there are no files of IPVS in /proc: this kernel has no IPVS ("modprobe ip_vs" loads it), or its /proc is not mounted';
  }
  return absent === undefined ? `there is no ${file}` : `there is no ${file}: ${absent}`;
}

function guardedReason(file: string, { guard }: FileDetails): string {
  const needs =
    'that needs root or CAP_NET_ADMIN in the user namespace that the network namespace belongs to';
  return `${file} may not be written: ${guard ?? needs}`;
}

import type { Operation } from '../../../types/error.js';
import { IpvsError } from '../../kernel/errors.js';

const noService = 'No such service';
const undefinedService = 'Service not defined';
const noDestination = 'No such destination';
const noScheduler = 'Scheduler or persistence engine not found';

/** What `ipvsadm` says to an errno of a command. */
const ofOperations: {
  readonly [Name in Operation]?: Readonly<Record<string, string>>;
} = {
  'add-service': { EEXIST: 'Service already exists', ENOENT: noScheduler },
  'set-service': { ESRCH: noService, ENOENT: noScheduler },
  'remove-service': { ESRCH: noService },
  'get-service': { ESRCH: noService },
  'list-destinations': { ESRCH: noService },
  zero: { ESRCH: noService },
  'add-destination': { ESRCH: undefinedService, EEXIST: 'Destination already exists' },
  'set-destination': { ESRCH: undefinedService, ENOENT: noDestination },
  'remove-destination': { ESRCH: undefinedService, ENOENT: noDestination },
  'start-sync-daemon': { EEXIST: 'Daemon has already run' },
  'stop-sync-daemon': { ESRCH: 'No daemon is running' },
};

/** What `ipvsadm` says to an errno whatever the command, and what the C library says to others. */
const ofErrnos: Readonly<Record<string, string>> = {
  EPERM: 'Permission denied (you must be root)',
  EINVAL: 'Invalid operation.  Possibly wrong module version, address not unicast, ...',
  ENOPROTOOPT: 'Protocol not available',
  ENOMEM: 'Memory allocation problem',
  ENOTSUP: 'Operation not supported with IPv6',
  EAFNOSUPPORT: 'Operation not supported with specified address family',
  EMSGSIZE: 'Module is wrong version',
  ERANGE: 'Numerical result out of range',
  ENODEV: 'No such device',
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ENETUNREACH: 'Network is unreachable',
  ENOBUFS: 'No buffer space available',
  EBUSY: 'Device or resource busy',
  ETIMEDOUT: 'Connection timed out',
};

/** What `ipvsadm` says where a command ends with that errno. */
export function messageOfErrno(operation: Operation, code: string): string | undefined {
  return ofOperations[operation]?.[code] ?? ofErrnos[code];
}

/** What `ipvsadm` would say to an error. */
export function kernelMessage(error: unknown): string {
  if (error instanceof IpvsError) {
    return messageOfErrno(error.operation, error.code) ?? error.message;
  }
  return error instanceof Error ? error.message : String(error);
}

import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { Transport } from '../../types/config.js';
import type { Operation } from '../../types/error.js';
import type { NativeSource } from '../../types/native.js';
import { deviceMeanings } from './device-errors.js';
import { type FileDetails, fileReason } from './file-errors.js';

/** How a request failed, before it has words. */
export interface Failure {
  /** A positive errno. */
  readonly errno: number;
  readonly source: NativeSource;
  /** What the kernel itself said, if anything. */
  readonly message?: string | undefined;
  /** Which way the request went, or was to go; absent where both were tried. */
  readonly transport?: Transport | undefined;
}

/** What was asked for that an errno can be about. */
export interface Details extends FileDetails {
  readonly scheduler?: string | undefined;
  readonly engine?: string | undefined;
  readonly namespace?: string | undefined;
  /** A network interface. */
  readonly device?: string | undefined;
  /** What a network device is that is of the wrong kind. */
  readonly kind?: string | undefined;
  /** What is not there, where the errno alone leaves it open. */
  readonly missing?: 'scheduler' | 'engine' | 'ipvs' | 'sysctl' | undefined;
  /** Milliseconds the request was given. */
  readonly timeout?: number | undefined;
}

/** Things that an errno can say are not there. */
export type Missing =
  | 'ipvs'
  | 'namespace'
  | 'service'
  | 'destination'
  | 'scheduler'
  | 'engine'
  | 'daemon'
  | 'interface'
  | 'sysctl'
  | 'device'
  | 'address';

/** The kernel refused a request, or could not be asked. */
export class IpvsError extends Error {
  override readonly name = 'IpvsError';
  /** The thing to match on: an errno's name such as `EEXIST`, or `ERR_IPVS_CLOSED`, `ERR_IPVS_UNAVAILABLE`, `ERR_IPVS_UNSUPPORTED`. */
  readonly code: string;
  /** The errno as Node has it in its own system errors, negative; absent where no errno is behind the error. */
  readonly errno: number | undefined;
  /** What was attempted. */
  readonly operation: Operation;
  /**
   * What it was attempted on: a service's id, `service -> destination`, a sync daemon's role, or the name of a sysctl;
   * absent for the table as a whole.
   */
  readonly target: string | undefined;
  /** What it means here, and what to do about it. */
  readonly reason: string;
  /**
   * What was not there, for the codes `ENOENT`, `ESRCH`, `ENODEV` and, where an address is taken away, `EADDRNOTAVAIL`;
   * absent where the kernel does not let it be told.
   */
  readonly missing: Missing | undefined;

  constructor(
    code: string,
    operation: Operation,
    target: string | undefined,
    reason: string,
    options: {
      readonly errno?: number | undefined;
      readonly missing?: Missing | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(
      [code, operation, target, reason].filter((part) => part !== undefined).join(': '),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.errno = options.errno;
    this.operation = operation;
    this.target = target;
    this.reason = reason;
    this.missing = options.missing;
  }
}

const closedReason =
  'the handle was closed; a request already with the kernel may have taken effect';

/** The error of a call that was pending, or came, when the handle was closed. */
export function closedError(operation: Operation, target?: string): IpvsError {
  return new IpvsError('ERR_IPVS_CLOSED', operation, target, closedReason);
}

/** The error of a call to which the kernel gave no answer in time. */
export function overdueError(
  operation: Operation,
  target: string | undefined,
  timeout: number,
): IpvsError {
  const failure: Failure = { errno: constants.errno.ETIMEDOUT, source: 'deadline' };
  return failureError(operation, target, failure, { timeout });
}

/** The error of a call that the way to the kernel cannot carry. */
export function unsupportedError(
  operation: Operation,
  target: string | undefined,
  reason: string,
): IpvsError {
  return new IpvsError('ERR_IPVS_UNSUPPORTED', operation, target, reason);
}

/** Names of errnos that Node has no words for, such as `EBADMSG`. */
const otherNames: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, errno]) => [errno, name]),
);

/** The name of a failure's errno. */
export function codeOfFailure({ errno }: Failure): string {
  const name = getSystemErrorName(-errno);
  return name.startsWith('Unknown') ? (otherNames.get(errno) ?? name) : name;
}

/** Puts a failure into words. */
export function failureError(
  operation: Operation,
  target: string | undefined,
  failure: Failure,
  details: Details = {},
): IpvsError {
  if (failure.source === 'closed') return closedError(operation, target);
  const code = codeOfFailure(failure);
  const cause = Object.assign(new Error(failure.message || `${code} (${failure.source})`), {
    code,
    errno: -failure.errno,
    source: failure.source,
  });
  const reason = reasonOf(operation, code, failure, details);
  if (failure.source === 'unsupported') return unsupportedError(operation, target, reason);
  const missing = missingOf(operation, code, failure.source, details);
  return new IpvsError(code, operation, target, reason, { errno: -failure.errno, missing, cause });
}

function missingOf(
  operation: Operation,
  code: string,
  source: NativeSource,
  { scheduler, engine, missing }: Details,
): Missing | undefined {
  if (code === 'EADDRNOTAVAIL' && operation === 'unbind-address') return 'address';
  if (code !== 'ENOENT' && code !== 'ESRCH' && code !== 'ENODEV') return undefined;
  if (source === 'family') return 'ipvs';
  if (source === 'namespace') return 'namespace';
  if (source === 'file') return missing;
  if (source !== 'kernel') return undefined;
  if (code === 'ENODEV') return operation === 'start-sync-daemon' ? 'interface' : 'device';
  if (code === 'ESRCH') return operation === 'stop-sync-daemon' ? 'daemon' : 'service';
  if (operation.endsWith('-destination')) return 'destination';
  if (missing !== undefined) return missing;
  if (scheduler === undefined) return engine ? 'engine' : undefined;
  return engine ? undefined : 'scheduler';
}

function reasonOf(operation: Operation, code: string, failure: Failure, details: Details): string {
  switch (failure.source) {
    case 'kernel':
      return withKernelWords(kernelReason(operation, code, failure, details), failure.message);
    case 'family':
      return withKernelWords(
        code === 'ENOENT'
          ? 'this kernel has no IPVS: load the module with "modprobe ip_vs", or use a kernel built with CONFIG_IP_VS'
          : 'generic netlink did not say whether this kernel has IPVS',
        failure.message,
      );
    case 'namespace':
      return namespaceReason(code, details.namespace);
    case 'socket':
      return withKernelWords(socketReason(code, failure.transport), failure.message);
    case 'thread':
      return threadReason(code);
    case 'deadline':
      return `no answer within ${details.timeout ?? 'the'} ms; whether the request took effect is not known: read the table before trying again`;
    case 'lost':
      return 'the request was executed but its answer was lost: read the table before trying again';
    case 'malformed':
      return `the kernel's answer cannot be read${failure.message ? ` (${failure.message})` : ''}`;
    case 'interrupted':
      return 'the table kept changing while it was read: try again';
    case 'cancelled':
      return 'withdrawn before it was sent';
    case 'closed':
      return closedReason;
    case 'unsupported':
      return `the socket options cannot do this${failure.message ? ` (${failure.message})` : ''}`;
    case 'file':
      return fileReason(operation, code, {
        file: failure.message || undefined,
        absent:
          'the module ip_vs is not loaded, /proc is not mounted, or this kernel does not have it',
        ...details,
      });
  }
}

function withKernelWords(reason: string, message: string | undefined): string {
  return message ? `${reason} (the kernel says: ${message})` : reason;
}

function namespaceReason(code: string, namespace: string | undefined): string {
  const subject =
    namespace === undefined ? 'the network namespace' : `the network namespace ${namespace}`;
  switch (code) {
    case 'ENOENT':
    case 'ESRCH':
      return `${subject} does not exist`;
    case 'EPERM':
    case 'EACCES':
      return `${subject} may not be entered: that needs CAP_SYS_ADMIN`;
    case 'EINVAL':
      return `${subject} is a file that is not a network namespace`;
    case 'ENOSPC':
      return `${subject} cannot be made: the limit user.max_net_namespaces is reached`;
    case 'EMFILE':
    case 'ENFILE':
      return `${subject} could not be entered: no file descriptor is left: close some, or raise the limit`;
    default:
      return `${subject} could not be entered`;
  }
}

function socketReason(code: string, transport: Transport | undefined): string {
  switch (code) {
    case 'EMFILE':
    case 'ENFILE':
      return 'no file descriptor is left for the socket: close some, or raise the limit';
    case 'EPROTONOSUPPORT':
    case 'EAFNOSUPPORT':
      return transport === 'sockopt'
        ? 'this kernel has no IPv4'
        : 'this kernel has no generic netlink';
    case 'EMSGSIZE':
      return 'the request does not fit a message';
    default:
      return 'the socket to the kernel failed';
  }
}

function threadReason(code: string): string {
  switch (code) {
    case 'EMFILE':
    case 'ENFILE':
      return 'no file descriptor is left for a thread to work with: close some, or raise the limit';
    case 'EAGAIN':
      return 'no thread can be started: the process, its user or its control group has as many as it may, or no memory is left for one';
    default:
      return 'no thread could be started';
  }
}

function kernelReason(
  operation: Operation,
  code: string,
  { transport }: Failure,
  details: Details,
): string {
  const own = meanings[`${operation} ${code}`]?.(details);
  if (own === undefined && code === 'EPERM') return permissionReason(operation, transport);
  return own ?? general[code]?.(details) ?? 'the kernel refused the request';
}

function permissionReason(operation: Operation, transport: Transport | undefined): string {
  const grant = 'run as root, or grant the capability to the process';
  if (transport === 'sockopt') {
    return `that needs CAP_NET_ADMIN in the user namespace that owns the network namespace: ${grant}`;
  }
  const reason = `that needs CAP_NET_ADMIN in the initial user namespace: ${grant}`;
  return operation === 'open' && transport === 'netlink'
    ? `${reason}; in a user namespace of your own, open with the transport "auto" or "sockopt"`
    : reason;
}

/** Puts an errno into words. */
export type Meaning = (details: Details) => string;

const noService: Meaning = () => 'there is no such service';
const noDestination: Meaning = () => 'the service has no such destination';

const noScheduler: Meaning = ({ scheduler, engine, missing }) => {
  const parts: string[] = [];
  if (scheduler !== undefined && missing !== 'engine') {
    parts.push(
      `the scheduler "${scheduler}" is not available: load it with "modprobe ip_vs_${scheduler}"`,
    );
  }
  if (engine !== undefined && engine !== '' && missing !== 'scheduler') {
    parts.push(
      `the persistence engine "${engine}" is not available: load it with "modprobe ip_vs_pe_${engine}"`,
    );
  }
  return parts.length === 0
    ? 'the scheduler or the persistence engine is not available'
    : parts.join('; or ');
};

const badService: Meaning = ({ scheduler }) =>
  `the kernel takes no such service: ${scheduler === undefined ? 'its scheduler' : `the scheduler "${scheduler}"`} could not start (mh takes no more destinations than its table has room for), or a value is beyond what this kernel knows`;

const badDestination: Meaning = () =>
  "the kernel takes no such destination: its address is a broadcast address of a local network or otherwise cannot be a destination; or the network namespace has no IPv4 address yet (bring lo up); or a sync daemon runs, which forbids another family than the service's; or a value is beyond what this kernel knows";

const badNumber: Meaning = () =>
  'the weight is above 2147483647, or the lower threshold above the upper one';

const through: Meaning = ({ device }) =>
  `through the interface${device === undefined ? '' : ` "${device}"`}`;

/** What an errno means for one operation: IPVS gives one number different senses per command. */
const meanings: Partial<Record<string, Meaning>> = {
  ...deviceMeanings,
  'add-service EEXIST': () => 'the service already exists: set or update it instead',
  'add-service ENOENT': noScheduler,
  'add-service EINVAL': badService,
  'set-service ESRCH': noService,
  'set-service ENOENT': noScheduler,
  'set-service EINVAL': badService,
  'update-service ESRCH': noService,
  'update-service ENOENT': noScheduler,
  'update-service EINVAL': badService,
  'remove-service ESRCH': noService,
  'get-service ESRCH': noService,
  'list-destinations ESRCH': noService,
  'add-destination EEXIST': () =>
    'the service already has this destination: set or update it instead',
  'add-destination ESRCH': noService,
  'add-destination EINVAL': badDestination,
  'add-destination ERANGE': badNumber,
  'set-destination ENOENT': noDestination,
  'set-destination ESRCH': noService,
  'set-destination EINVAL': badDestination,
  'set-destination ERANGE': badNumber,
  'update-destination ENOENT': noDestination,
  'update-destination ESRCH': noService,
  'update-destination EINVAL': badDestination,
  'update-destination ERANGE': badNumber,
  'remove-destination ENOENT': noDestination,
  'remove-destination ESRCH': noService,
  'zero ESRCH': noService,
  'set-timeouts EINVAL': () =>
    'a timeout is above what this kernel can hold: 2147483647 divided by its HZ, which is 2147483 seconds where HZ is 1000',
  'start-sync-daemon EEXIST': () =>
    'a daemon of this role already runs in the network namespace: it cannot be changed, only stopped and started anew',
  'start-sync-daemon ENODEV': ({ device }) =>
    `the network namespace has no interface "${device}", or IPv4 does not work over it, for which its MTU must be at least 68`,
  'start-sync-daemon EINVAL': (details) =>
    `the kernel takes no such daemon: a destination has another address family than its service, which rules synchronisation out; or the group is IPv6, which does not work ${through(details)}`,
  'start-sync-daemon ENETUNREACH': (details) =>
    `there is no way to the group ${through(details)}: it is down, or the group's address family does not work over it`,
  'start-sync-daemon EADDRNOTAVAIL': (details) =>
    `there is no address to send from ${through(details)}: an IPv6 address cannot be used until the kernel has found it to be unique, which takes a second or two`,
  'start-sync-daemon EADDRINUSE': () => 'another program has the port of the group: choose another',
  'start-sync-daemon ENOBUFS': (details) =>
    `the group cannot be joined ${through(details)}: net.ipv4.igmp_max_memberships or the memory for sockets does not allow for one more`,
  'start-sync-daemon EAFNOSUPPORT': () =>
    'the kernel has no IPv6, which the group needs: it is disabled or not built in',
  'stop-sync-daemon ESRCH': () => 'no daemon of this role runs in the network namespace',
};

/** What an errno means whatever the operation. */
const general: Partial<Record<string, Meaning>> = {
  EACCES: () => 'a security policy forbids it',
  EAFNOSUPPORT: () =>
    'this kernel does not balance the address family: IPv6 is disabled or not built in',
  // Node's name for EOPNOTSUPP.
  ENOTSUP: () => 'this kernel does not know the request',
  ENOMEM: () => 'the kernel is out of memory',
  ENOPROTOOPT: () => 'the module ip_vs is being unloaded',
  EBUSY: () => 'the kernel is busy with another list for the same socket: try again',
};

import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { Operation } from '../../types/error.js';
import type { NativeSource } from '../../types/native.js';
import { deviceMeanings } from './device-errors.js';

/** How a request failed, before it has words. */
export interface Failure {
  /** A positive errno. */
  readonly errno: number;
  readonly source: NativeSource;
  /** What the kernel itself said, if anything. */
  readonly message?: string | undefined;
}

/** What was asked for that an errno can be about. */
export interface Details {
  readonly scheduler?: string | undefined;
  readonly engine?: string | undefined;
  readonly namespace?: string | undefined;
  /** What a network device is that is of the wrong kind. */
  readonly kind?: string | undefined;
  /** Which of scheduler and engine is not there, where the errno alone leaves it open. */
  readonly missing?: 'scheduler' | 'engine' | undefined;
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
  | 'device'
  | 'address';

/** The kernel refused a request, or could not be asked. */
export class IpvsError extends Error {
  override readonly name = 'IpvsError';
  /** The thing to match on: an errno's name such as `EEXIST`, or `ERR_IPVS_CLOSED`, `ERR_IPVS_UNAVAILABLE`. */
  readonly code: string;
  /** The errno as Node has it in its own system errors, negative; absent where no errno is behind the error. */
  readonly errno: number | undefined;
  /** What was attempted. */
  readonly operation: Operation;
  /**
   * What it was attempted on: a service's id, `service -> destination`, a device, or `address/length on device`; absent
   * for the table as a whole.
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

/** Puts a failure into words. */
export function failureError(
  operation: Operation,
  target: string | undefined,
  failure: Failure,
  details: Details = {},
): IpvsError {
  if (failure.source === 'closed') return closedError(operation, target);
  const code = getSystemErrorName(-failure.errno);
  const cause = Object.assign(new Error(failure.message || `${code} (${failure.source})`), {
    code,
    errno: -failure.errno,
    source: failure.source,
  });
  const reason = reasonOf(operation, code, failure, details);
  const missing = missingOf(operation, code, failure.source, details);
  return new IpvsError(code, operation, target, reason, { errno: -failure.errno, missing, cause });
}

function missingOf(
  operation: Operation,
  code: string,
  source: NativeSource,
  { scheduler, engine, missing }: Details,
): Missing | undefined {
  if (code === 'ENODEV' && source === 'kernel') return 'device';
  if (code === 'EADDRNOTAVAIL' && operation === 'unbind-address') return 'address';
  if (code !== 'ENOENT' && code !== 'ESRCH') return undefined;
  if (source === 'family') return 'ipvs';
  if (source === 'namespace') return 'namespace';
  if (source !== 'kernel') return undefined;
  if (code === 'ESRCH') return 'service';
  if (operation.endsWith('-destination')) return 'destination';
  if (missing !== undefined) return missing;
  if (scheduler === undefined) return engine ? 'engine' : undefined;
  return engine ? undefined : 'scheduler';
}

function reasonOf(operation: Operation, code: string, failure: Failure, details: Details): string {
  switch (failure.source) {
    case 'kernel':
      return withKernelWords(kernelReason(operation, code, details), failure.message);
    case 'family':
      return code === 'ENOENT'
        ? 'this kernel has no IPVS: load the module with "modprobe ip_vs", or use a kernel built with CONFIG_IP_VS'
        : 'generic netlink did not say whether this kernel has IPVS';
    case 'namespace':
      return namespaceReason(code, details.namespace);
    case 'socket':
      return socketReason(code);
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
    default:
      return `${subject} could not be entered`;
  }
}

function socketReason(code: string): string {
  switch (code) {
    case 'EMFILE':
    case 'ENFILE':
      return 'no file descriptor is left for the socket: close some, or raise the limit';
    case 'EPROTONOSUPPORT':
    case 'EAFNOSUPPORT':
      return 'this kernel has no generic netlink';
    case 'EMSGSIZE':
      return 'the request does not fit a message';
    default:
      return 'the socket to the kernel failed';
  }
}

function kernelReason(operation: Operation, code: string, details: Details): string {
  return (
    meanings[`${operation} ${code}`]?.(details) ??
    general[code]?.(details) ??
    'the kernel refused the request'
  );
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
};

/** What an errno means whatever the operation. */
const general: Partial<Record<string, Meaning>> = {
  EPERM: () =>
    'that needs CAP_NET_ADMIN in the initial user namespace: run as root, or grant the capability to the process',
  EACCES: () => 'a security policy forbids it',
  EAFNOSUPPORT: () =>
    'this kernel does not balance the address family: IPv6 is disabled or not built in',
  // Node's name for EOPNOTSUPP.
  ENOTSUP: () => 'this kernel does not know the request',
  ENOMEM: () => 'the kernel is out of memory',
  ENOPROTOOPT: () => 'the module ip_vs is being unloaded',
  EBUSY: () => 'the kernel is busy with another list for the same socket: try again',
};

import type { Operation } from '../../../types/error.js';
import type { RuleCommand } from '../../../types/rules.js';
import type { ServiceSpec } from '../../../types/service.js';
import { IpvsError } from '../../kernel/errors.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import { parseAddress } from '../../model/address.js';
import { InvalidValueError } from '../../model/invalid-value-error.js';
import { Failure } from './failure.js';
import { kernelMessage, messageOfErrno } from './kernel-messages.js';

/** The exit status of `ipvsadm` where the kernel refuses. */
const refused = 255;

/** Carries a command out. Throws {@link Failure} with what `ipvsadm` says where the kernel refuses, or would. */
export async function carryOut(command: RuleCommand, ipvs: Ipvs): Promise<void> {
  try {
    await request(command, ipvs);
  } catch (error) {
    if (error instanceof IpvsError) throw new Failure(kernelMessage(error), refused);
    if (error instanceof InvalidValueError) throw await failureOf(error, command, ipvs);
    throw error;
  }
}

async function request(command: RuleCommand, ipvs: Ipvs): Promise<void> {
  switch (command.command) {
    case 'add-service':
      refuseMapped(command.service);
      return ipvs.addService(command.service);
    case 'edit-service':
      refuseMapped(command.service);
      return ipvs.setService(command.service);
    case 'delete-service':
      return ipvs.removeService(command.service);
    case 'add-destination':
      return ipvs.addDestination(command.service, command.destination);
    case 'edit-destination':
      return ipvs.setDestination(command.service, command.destination);
    case 'delete-destination':
      return ipvs.removeDestination(command.service, command.destination);
    case 'clear':
      return ipvs.flush();
    case 'zero':
      return ipvs.zero(command.service);
    case 'set-timeouts':
      // The kernel takes zeros, and changes nothing.
      if (Object.keys(command.timeouts).length > 0) await ipvs.setTimeouts(command.timeouts);
      return;
    case 'start-daemon':
      return ipvs.startSyncDaemon(command.daemon);
    case 'stop-daemon':
      return ipvs.stopSyncDaemon(command.role);
  }
}

/** The library would take it for the IPv4 address inside, which is another service. */
function refuseMapped(service: ServiceSpec): void {
  if ('fwmark' in service || parseAddress(service.address)?.kind !== 'mapped') return;
  throw new InvalidValueError('address', service.address, 'an address that is not IPv4-mapped');
}

/** What the kernel would say to what the library did not send. */
async function failureOf(
  error: InvalidValueError,
  command: RuleCommand,
  ipvs: Ipvs,
): Promise<Failure> {
  const refusal = refusalOf(error, command);
  if (refusal === undefined) return new Failure(error.message, 2);
  const { operation, code } = refusal;
  const actual =
    'service' in command && command.service !== undefined
      ? await ipvs.getService(command.service)
      : undefined;
  // Whether the service is there is asked first.
  const isClash = operation === 'add-service' ? actual !== undefined : actual === undefined;
  const first = operation === 'start-sync-daemon' || !isClash ? code : clashOf(operation);
  return new Failure(messageOfErrno(operation, first) ?? error.message, refused);
}

function clashOf(operation: Operation): string {
  return operation === 'add-service' ? 'EEXIST' : 'ESRCH';
}

interface Refusal {
  readonly operation: Operation;
  readonly code: string;
}

/** The errno with which the kernel would refuse it; nothing where it would take it. */
function refusalOf({ path }: InvalidValueError, { command }: RuleCommand): Refusal | undefined {
  const outOfRange = path === 'lowerThreshold';
  switch (command) {
    case 'add-service':
    case 'edit-service': {
      const operation = command === 'add-service' ? command : 'set-service';
      return path === 'scheduler' ? { operation, code: 'ENOENT' } : undefined;
    }
    case 'add-destination':
      return { operation: command, code: outOfRange ? 'ERANGE' : 'EINVAL' };
    case 'edit-destination':
      return { operation: 'set-destination', code: outOfRange ? 'ERANGE' : 'ENOENT' };
    case 'start-daemon':
      return path === 'interface' ? { operation: 'start-sync-daemon', code: 'ENODEV' } : undefined;
    default:
      return undefined;
  }
}

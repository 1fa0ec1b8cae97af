import type { Timeouts } from '../../types/config.js';
import type { SyncDaemonSpec } from '../../types/daemon.js';
import type { DestinationKey, DestinationSpec } from '../../types/destination.js';
import type { RuleCommand } from '../../types/rules.js';
import type {
  AddressServiceKey,
  FwmarkServiceKey,
  PersistenceSpec,
  Protocol,
  ServiceSpec,
} from '../../types/service.js';
import type { Mutable } from '../model/fields.js';
import { defaultScheduler } from '../model/scheduler.js';
import { CommandLineError } from './command-line-error.js';
import type { LineState } from './line-state.js';
import { type CommandName, checkTunnelOptions, type Said, type Subject } from './option-checks.js';

/** The commands that are carried out, not answered. */
type Doing = Exclude<CommandName, 'list' | 'save' | 'restore'>;

/** What a service is known by in a command line. */
export type NamedService =
  | (AddressServiceKey & { readonly protocol: Protocol })
  | Required<FwmarkServiceKey>;

/** The command that the options come to, after the checks that only it needs. */
export function makeCommand(
  name: Doing,
  state: LineState,
  said: Said,
  timeouts: readonly [number, number, number] | undefined,
): RuleCommand {
  switch (name) {
    case 'add-service':
    case 'edit-service':
      return { command: name, service: makeService(state, said) };
    case 'delete-service':
      return { command: name, service: serviceKeyOf(state) };
    case 'add-server':
    case 'edit-server': {
      const destination = makeDestination(state, said);
      const command = name === 'add-server' ? 'add-destination' : 'edit-destination';
      return { command, service: serviceKeyOf(state), destination };
    }
    case 'delete-server': {
      const destination = destinationKeyOf(state);
      return { command: 'delete-destination', service: serviceKeyOf(state), destination };
    }
    case 'flush':
      return { command: 'clear' };
    case 'zero':
      return said.has('service-address')
        ? { command: name, service: serviceKeyOf(state) }
        : { command: name };
    case 'set':
      return { command: 'set-timeouts', timeouts: makeTimeouts(timeouts ?? [0, 0, 0]) };
    case 'start-daemon':
      return { command: name, daemon: makeDaemon(state) };
    case 'stop-daemon':
      return { command: name, role: state.role ?? 'master' };
  }
}

/** The service that was named. */
export function serviceKeyOf({
  protocol = 'tcp',
  family = 'ipv4',
  address = '',
  port,
  fwmark,
}: LineState): NamedService {
  return fwmark === undefined ? { protocol, address, port } : { fwmark, family };
}

function makeService(state: LineState, said: Said): ServiceSpec {
  const { fwmark, port, persistence, onePacket, protocol, schedulerFlags } = state;
  if (fwmark === undefined && port === 0 && persistence === undefined) {
    const message = 'Zero port specified for non-persistent service';
    throw new CommandLineError(message, 'a port, or -p', said.get('service-address'));
  }
  if (onePacket && fwmark === undefined && protocol !== 'udp') {
    const message = 'One-Packet Scheduling is only for UDP virtual services';
    throw new CommandLineError(message, '-u or -f with -o', said.get('ops'));
  }
  const scheduler = state.scheduler === '' ? defaultScheduler : state.scheduler;
  return {
    ...serviceKeyOf(state),
    scheduler,
    ...(schedulerFlags.length === 0 ? {} : { schedulerFlags }),
    ...makePersistence(state, said),
    ...(onePacket ? { onePacket } : {}),
  };
}

function makePersistence(
  { persistence: timeout, netmask, engine }: LineState,
  said: Said,
): { persistence?: PersistenceSpec } {
  if (timeout === undefined) {
    if (engine === undefined || engine === '') return {};
    // The kernel would keep the engine, and never ask it.
    throw new CommandLineError(
      'A persistence engine is only for persistent services',
      '-p with --pe',
      said.get('pe'),
    );
  }
  const persistence: Mutable<PersistenceSpec> = { timeout };
  if (netmask !== undefined && netmask !== '255.255.255.255' && netmask !== 128) {
    persistence.netmask = netmask;
  }
  if (engine !== undefined && engine !== '') persistence.engine = engine;
  return { persistence };
}

function destinationKeyOf({ server }: LineState): Required<DestinationKey> {
  return { address: server?.address ?? '', port: server?.port ?? 0 };
}

const tunnelSubjects = [
  'tun-type',
  'tun-port',
  'tun-nocsum',
  'tun-csum',
  'tun-remcsum',
] as const satisfies Subject[];

function makeDestination(state: LineState, said: Said): Required<DestinationKey> & DestinationSpec {
  const { forward, weight, upperThreshold, lowerThreshold, server, family } = state;
  if (server?.family !== family && forward !== 'tunnel') {
    const message = 'Different address family is allowed only for tunneling servers';
    throw new CommandLineError(
      message,
      'an address of the same family, or -i',
      said.get('real-server'),
    );
  }
  const wrong = tunnelSubjects.find((subject) => said.has(subject));
  if (wrong !== undefined && forward !== 'tunnel') {
    const message = 'Tunnel options conflict with forward method';
    throw new CommandLineError(message, `-i with '${wrong}'`, said.get(wrong));
  }
  checkTunnelOptions(state.tunnelType, said);
  const { address, port } = destinationKeyOf(state);
  return {
    address,
    // Only masquerading rewrites the port.
    port: forward === 'masquerade' || state.fwmark !== undefined ? port : state.port,
    forward,
    weight,
    ...(upperThreshold === 0 ? {} : { upperThreshold }),
    ...(lowerThreshold === 0 ? {} : { lowerThreshold }),
    ...makeTunnel(state),
  };
}

function makeTunnel({
  forward,
  tunnelType: type,
  tunnelPort: port,
  checksum,
}: LineState): Pick<DestinationSpec, 'tunnel'> {
  if (forward !== 'tunnel' || type === 'ipip') return {};
  return { tunnel: { type, ...(port === undefined ? {} : { port }), checksum } };
}

function makeTimeouts([tcp, tcpFin, udp]: readonly [number, number, number]): Partial<Timeouts> {
  return {
    ...(tcp === 0 ? {} : { tcp }),
    ...(tcpFin === 0 ? {} : { tcpFin }),
    ...(udp === 0 ? {} : { udp }),
  };
}

function makeDaemon(state: LineState): SyncDaemonSpec {
  const { role = 'master', device, syncId, maxLength, group, groupPort, ttl } = state;
  return {
    role,
    interface: device === '' ? 'eth0' : device,
    syncId,
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(group === undefined ? {} : { group }),
    ...(groupPort === undefined ? {} : { port: groupPort }),
    ...(ttl === undefined ? {} : { ttl }),
  };
}

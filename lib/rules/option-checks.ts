import type { TunnelType } from '../../types/destination.js';
import { CommandLineError } from './command-line-error.js';
import type { OptionName, Place } from './options.js';

/** The commands, by the names that messages have for them. */
export type CommandName =
  | 'add-service'
  | 'edit-service'
  | 'delete-service'
  | 'flush'
  | 'list'
  | 'add-server'
  | 'delete-server'
  | 'edit-server'
  | 'set'
  | 'start-daemon'
  | 'stop-daemon'
  | 'restore'
  | 'save'
  | 'zero';

/** What options say, by the names that messages have for it, in the order in which it is checked. */
const subjects = [
  'numeric',
  'connection',
  'service-address',
  'scheduler',
  'persistent',
  'netmask',
  'real-server',
  'forwarding-method',
  'weight',
  'u-threshold',
  'l-threshold',
  'mcast-interface',
  'timeout',
  'daemon',
  'stats',
  'rate',
  'thresholds',
  'persistent-conn',
  'nosort',
  'syncid',
  'exact',
  'ops',
  'pe',
  'sched-flags',
  'mcast-group',
  'mcast-port',
  'mcast-ttl',
  'sync-maxlen',
  'tun-info',
  'tun-type',
  'tun-port',
  'tun-nocsum',
  'tun-csum',
  'tun-remcsum',
] as const;

/** What an option says; several options can say the same. */
export type Subject = (typeof subjects)[number];

/** What has been said, and where. */
export type Said = ReadonlyMap<Subject, Place>;

interface Rules {
  readonly needed?: readonly Subject[];
  readonly allowed?: readonly Subject[];
  /** At most one of these. */
  readonly alternatives?: readonly Subject[];
}

const serviceSettings = ['scheduler', 'persistent', 'netmask', 'ops', 'pe', 'sched-flags'] as const;

const tunnelSubjects = ['tun-port', 'tun-nocsum', 'tun-csum', 'tun-remcsum'] as const;

const serverSettings = [
  'forwarding-method',
  'weight',
  'u-threshold',
  'l-threshold',
  'tun-type',
  ...tunnelSubjects,
] as const;

const rulesOfCommands: Readonly<Record<CommandName, Rules>> = {
  'add-service': { needed: ['service-address'], allowed: serviceSettings },
  'edit-service': { needed: ['service-address'], allowed: serviceSettings },
  'delete-service': { needed: ['service-address'] },
  flush: {},
  list: {
    alternatives: ['connection', 'service-address', 'timeout', 'daemon'],
    allowed: [
      'numeric',
      'stats',
      'rate',
      'thresholds',
      'persistent-conn',
      'nosort',
      'syncid',
      'exact',
      'tun-info',
    ],
  },
  'add-server': { needed: ['service-address', 'real-server'], allowed: serverSettings },
  'delete-server': { needed: ['service-address', 'real-server'] },
  'edit-server': { needed: ['service-address', 'real-server'], allowed: serverSettings },
  set: {},
  'start-daemon': {
    allowed: ['mcast-interface', 'syncid', 'mcast-group', 'mcast-port', 'mcast-ttl', 'sync-maxlen'],
  },
  'stop-daemon': { allowed: ['syncid'] },
  restore: {},
  save: { allowed: ['numeric'] },
  zero: { allowed: ['service-address'] },
};

const rulesOfTunnels: Readonly<Record<TunnelType, Rules>> = {
  ipip: {},
  gue: { needed: ['tun-port'], alternatives: ['tun-nocsum', 'tun-csum', 'tun-remcsum'] },
  gre: { alternatives: ['tun-nocsum', 'tun-csum'] },
};

/** What an option says where that has another name than the option. */
const subjectsOfOptions: { readonly [Name in OptionName]?: Subject } = {
  'tcp-service': 'service-address',
  'udp-service': 'service-address',
  'sctp-service': 'service-address',
  'fwmark-service': 'service-address',
  masquerading: 'forwarding-method',
  ipip: 'forwarding-method',
  gatewaying: 'forwarding-method',
};

const known: ReadonlySet<string> = new Set(subjects);

/** What an option says; nothing for those that may be repeated. */
export function subjectOf(name: OptionName): Subject | undefined {
  return subjectsOfOptions[name] ?? (known.has(name) ? (name as Subject) : undefined);
}

/** Checks that what was said goes with the command. */
export function checkCommandOptions(command: CommandName, said: Said): void {
  check(subjects, rulesOfCommands[command], said, `'${command}' command`);
}

/** Checks that what was said of a tunnel goes with its type. */
export function checkTunnelOptions(type: TunnelType, said: Said): void {
  check(tunnelSubjects, rulesOfTunnels[type], said, `'${type}' tunnel type`);
}

function check(
  order: readonly Subject[],
  { needed = [], allowed = [], alternatives = [] }: Rules,
  said: Said,
  purpose: string,
): void {
  let first: Subject | undefined;
  for (const subject of order) {
    const place = said.get(subject);
    if (place === undefined) {
      if (!needed.includes(subject)) continue;
      const message = `You need to supply the '${subject}' option for the ${purpose}`;
      throw new CommandLineError(message, `the option '${subject}'`);
    }
    if (alternatives.includes(subject)) {
      if (first !== undefined) {
        const message = `The option '${subject}' conflicts with the '${first}' option in the ${purpose}`;
        throw new CommandLineError(message, `one of '${first}' and '${subject}'`, place);
      }
      first = subject;
    } else if (!needed.includes(subject) && !allowed.includes(subject)) {
      const message = `Illegal '${subject}' option with the ${purpose}`;
      throw new CommandLineError(message, `another option with the ${purpose}`, place);
    }
  }
}

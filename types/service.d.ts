import type { Address, Family } from './address.js';
import type { Brand } from './brand.js';
import type { Stats } from './stats.js';

/** The transport protocols IPVS balances. */
export type Protocol = 'tcp' | 'udp' | 'sctp';

/**
 * A service's protocol as the kernel holds it. The kernel takes any number, so a service that another
 * program made can have one that is not balanced: `protocol-47`. It can be read and removed, not requested.
 */
export type ObservedProtocol = Protocol | `protocol-${number}`;

/**
 * The canonical text of a service's identity: `tcp/10.0.0.1:80`, `udp/[fd09::1]:53`, `sctp/10.0.0.1:9`,
 * `fwmark/7/ipv4`, `fwmark/7/ipv6`. Two texts are equal exactly when they name the same service.
 */
export type ServiceId = Brand<string, 'ServiceId'>;

/** A service that answers on an address and port. */
export interface AddressServiceKey {
  readonly protocol: ObservedProtocol;
  readonly address: Address;
  /** 0 to 65535; 0 stands for every port and needs persistence. */
  readonly port: number;
}

/** A service made of the packets that carry a firewall mark. The same mark is another service in each family. */
export interface FwmarkServiceKey {
  /** 1 to 4294967295. */
  readonly fwmark: number;
  /** Default `ipv4`. */
  readonly family?: Family;
}

/** What the kernel tells one service from another by. */
export type ServiceKey = AddressServiceKey | FwmarkServiceKey;

/**
 * Anything that names a service: its id in any spelling of protocol and address, its key, or an object
 * that carries a key, such as a spec or a listed service.
 */
export type ServiceRef = string | ServiceKey;

/**
 * The name of a scheduler, 1 to 15 of `a-z 0-9 _ -`: `rr`, `wlc`, `mh`, and whatever else the kernel has as `ip_vs_<name>`.
 * A service with `none` refuses every new connection; one whose connections all come from a sync daemon needs no more.
 */
export type Scheduler = string;

/**
 * A scheduler's own switch, named for the scheduler in force: `sh` and `mh` have two, and the three bits
 * have neutral names for every other.
 */
export type SchedulerFlag =
  | 'sh-fallback'
  | 'sh-port'
  | 'mh-fallback'
  | 'mh-port'
  | 'flag-1'
  | 'flag-2'
  | 'flag-3';

/** Clients stay with their destination: complete, as read back. */
export interface Persistence {
  /** Seconds a client is remembered after its last new connection, 1 to 2678400 (31 days). */
  readonly timeout: number;
  /** How much of the client's address counts: a dotted mask for IPv4, a prefix length for IPv6. */
  readonly netmask: string | number;
  /** The persistence engine, such as `sip`; absent when clients are told apart by address. */
  readonly engine?: string;
}

/** {@link Persistence} as a caller writes it. */
export interface PersistenceSpec {
  /** Default 360. */
  readonly timeout?: number;
  /** A dotted mask or a prefix length (1 to 32) for IPv4, a prefix length (1 to 128) for IPv6. Default: the whole address. */
  readonly netmask?: string | number;
  /** Default: none. `sip` needs a UDP service. */
  readonly engine?: string;
}

/** What can be set on a service; what is absent gets its default. */
export interface ServiceSettings {
  /** Default `wlc`. */
  readonly scheduler?: Scheduler;
  /** Default none. */
  readonly schedulerFlags?: readonly SchedulerFlag[];
  /** `true` means 360 seconds for each single client address. Default: off. */
  readonly persistence?: boolean | PersistenceSpec;
  /** Schedule each UDP packet on its own. For UDP and mark services. Default false. */
  readonly onePacket?: boolean;
}

/** A service with an address, as a caller writes it. */
export interface AddressServiceSpec extends ServiceSettings {
  readonly protocol: Protocol;
  readonly address: Address;
  readonly port: number;
}

/** A firewall-mark service, as a caller writes it. */
export interface FwmarkServiceSpec extends FwmarkServiceKey, ServiceSettings {}

/** A service as a caller writes it. */
export type ServiceSpec = AddressServiceSpec | FwmarkServiceSpec;

/**
 * The fields of a service to change; what is absent stays as it is. Within `persistence` an object changes the
 * parts it names, `true` and `false` replace the whole.
 */
export type ServiceChanges = ServiceSettings;

/** A service's settings, complete and canonical. */
export interface CompleteServiceSettings {
  readonly scheduler: Scheduler;
  /** Sorted. */
  readonly schedulerFlags: readonly SchedulerFlag[];
  /** Absent when off. */
  readonly persistence?: Persistence;
  readonly onePacket: boolean;
}

/** A service, complete and canonical. */
export type Service = (AddressServiceKey | Required<FwmarkServiceKey>) & CompleteServiceSettings;

/** A service as the kernel holds it. */
export type ObservedService = Service & {
  readonly id: ServiceId;
  /** Bits of the kernel's flags that have no word yet; absent when there are none. No call of this library changes them. */
  readonly unknownFlags?: number;
  readonly stats: Stats;
};

import type { Address, Family } from './address.js';
import type { Timeouts } from './config.js';
import type { Destination, DestinationId, DestinationSpec, Forward } from './destination.js';
import type { Issue } from './issue.js';
import type {
  AddressServiceKey,
  AddressServiceSpec,
  FwmarkServiceKey,
  FwmarkServiceSpec,
  Scheduler,
  Service,
  ServiceId,
} from './service.js';

/** Milliseconds, or a text of a number and a unit: `500ms`, `300s`, `5m`, `1h`. */
export type Duration = number | string;

/** How a destination is taken away. */
export interface DrainPolicy {
  /** `wait`: it gets no new connections and goes when it is idle; `immediate`: it goes at once. Default `wait`. */
  readonly mode?: 'wait' | 'immediate';
  /** `idle`: active and inactive connections are over; `no-active`: active ones are. Default `idle`. */
  readonly until?: 'idle' | 'no-active';
  /** After this time it goes in any case; 0 is `immediate`. Default 300 s. */
  readonly deadline?: Duration;
  /** How often its connections are looked at. Default 1 s. */
  readonly poll?: Duration;
  /** UDP flows have no end, so waiting for them can be in vain. Default `immediate`. */
  readonly udp?: 'immediate' | 'wait';
  /**
   * On a hash scheduler without its fallback flag: `fallback` sets the flag while destinations drain, `refuse` leaves
   * the clients hashed to them unserved, `immediate` does not drain. Default `fallback`.
   */
  readonly hash?: 'fallback' | 'refuse' | 'immediate';
}

/** A {@link DrainPolicy} with nothing left to default; times in milliseconds. */
export interface CompleteDrainPolicy {
  readonly mode: 'wait' | 'immediate';
  readonly until: 'idle' | 'no-active';
  readonly deadline: number;
  readonly poll: number;
  readonly udp: 'immediate' | 'wait';
  readonly hash: 'fallback' | 'refuse' | 'immediate';
}

/** A field whose actual value is left as it is where the destination exists already. */
export type IgnoredField = 'weight';

/** What a document says of a service besides its settings. */
export interface ServiceEntryExtras {
  /** A label, unique in the document; no part of the identity. */
  readonly name?: string;
  /** How destinations of this service, and the service itself, are taken away. Default: the policy of the call. */
  readonly drain?: DrainPolicy;
  readonly ignore?: readonly IgnoredField[];
  /** Default `present`. */
  readonly ensure?: 'present';
  /** Default none. */
  readonly destinations?: readonly DestinationSpec[];
}

/** A service that should be there. */
export type ServiceEntry = (AddressServiceSpec | FwmarkServiceSpec) & ServiceEntryExtras;

/** A service that should not be there: its identity, and nothing else but a name and how to take it away. */
export type AbsentServiceEntry = (AddressServiceKey | FwmarkServiceKey) & {
  readonly ensure: 'absent';
  readonly name?: string;
  readonly drain?: DrainPolicy;
};

/** Addresses of services, bound to a dummy device of the host. */
export interface VipSpec {
  /** The name of the device. */
  readonly device: string;
  /** Whether the device is made where it is missing. Default true. */
  readonly create?: boolean;
  /** `services`: the address of every declared service; or those listed. Default `services`. */
  readonly bind?: 'services' | readonly Address[];
  /** `device`: other addresses on the device are taken away; `declared`: only those that this owner bound. Default `device`. */
  readonly own?: 'device' | 'declared';
}

/** What should be, as a caller writes it: JSON or YAML. */
export interface Document {
  readonly version: 1;
  /** What services and destinations have that do not say otherwise. */
  readonly defaults?: {
    /** Default `wlc`. */
    readonly scheduler?: Scheduler;
    /** Default `masquerade`. */
    readonly forward?: Forward;
    /** Default 1. */
    readonly weight?: number;
  };
  readonly services: readonly (ServiceEntry | AbsentServiceEntry)[];
  /** Absent: virtual addresses are not managed. */
  readonly vips?: VipSpec;
  /** Seconds. Absent: not managed. */
  readonly timeouts?: Partial<Timeouts>;
  /** Under `net.ipv4.vs`, each by its name. Absent: not managed. */
  readonly sysctls?: Readonly<Record<string, number | string>>;
}

/** A destination that should be there, complete and canonical. */
export interface DesiredDestination extends Destination {
  readonly id: DestinationId;
}

/** A service that should be there, complete and canonical, with its destinations in canonical order. */
export type DesiredService = Service & {
  readonly id: ServiceId;
  readonly family: Family;
  readonly name?: string;
  readonly drain?: DrainPolicy;
  readonly ignore?: readonly IgnoredField[];
  readonly destinations: readonly DesiredDestination[];
};

/** A service that should not be there. */
export interface AbsentService {
  readonly id: ServiceId;
  readonly drain?: DrainPolicy;
}

/** {@link VipSpec}, complete; the addresses canonical, in canonical order and each once. */
export interface DesiredVips {
  readonly device: string;
  readonly create: boolean;
  readonly bind: 'services' | readonly Address[];
  readonly own: 'device' | 'declared';
}

/** What should be, complete and canonical: what `normalize` makes of a document. */
export interface DesiredState {
  readonly version: 1;
  /** In canonical order. */
  readonly services: readonly DesiredService[];
  /** In canonical order. */
  readonly absent: readonly AbsentService[];
  readonly vips?: DesiredVips;
  readonly timeouts?: Partial<Timeouts>;
  readonly sysctls?: Readonly<Record<string, number | string>>;
  /** What is allowed, and worth a second look. */
  readonly warnings: readonly Issue[];
}

/** How `normalize` and `validate` check. */
export interface NormalizeOptions {
  /** Whether scheduler `none`, which refuses every new connection, may be asked for. Default false. */
  readonly allowNoScheduler?: boolean;
}

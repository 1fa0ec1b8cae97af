import type { Address, Family } from './address.js';
import type { Timeouts } from './config.js';
import type { Destination, DestinationId, DestinationSpec, Forward } from './destination.js';
import type { Issue } from './issue.js';
import type {
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
  /** After this time, up to 31 days, it goes in any case; 0 is `immediate`. Default 300 s. */
  readonly deadline?: Duration;
  /** How often its connections are looked at: every 10 ms to 24 h. Default 1 s. */
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
  /** A label of 1 to 255 characters, unique in the document; no part of the identity. */
  readonly name?: string;
  /** How destinations of this service, and the service itself, are taken away. Default: the policy of the call. */
  readonly drain?: DrainPolicy;
  /** Fields of destinations that keep their actual value where the destination exists already. Default: those of the call. */
  readonly ignore?: readonly IgnoredField[];
  /** `absent`: the service should not be there. Default `present`. */
  readonly ensure?: 'present';
  /** Default none. */
  readonly destinations?: readonly DestinationSpec[];
}

/** A service that should be there. */
export type ServiceEntry = (AddressServiceSpec | FwmarkServiceSpec) & ServiceEntryExtras;

/** A service that should not be there: its identity, and nothing else but a name and how to take it away. */
export type AbsentServiceEntry = (
  | Pick<AddressServiceSpec, 'protocol' | 'address' | 'port'>
  | FwmarkServiceKey
) & {
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
  /** The version of the format. */
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
  /** The services that should be there, and those that should not. */
  readonly services: readonly (ServiceEntry | AbsentServiceEntry)[];
  /** Addresses of services to bind to a dummy device. Absent: virtual addresses are not managed. */
  readonly vips?: VipSpec;
  /** How long the kernel remembers connections, in seconds; at least one of the three. Absent: not managed. */
  readonly timeouts?: Partial<Timeouts>;
  /** Settings under `net.ipv4.vs`, each by its name. Absent: not managed. */
  readonly sysctls?: Readonly<Record<string, number | string | readonly [number, number]>>;
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

/** What `exportDocument` puts into a document besides services. What is asked for must have been read. */
export interface ExportOptions extends NormalizeOptions {
  /** Whether the timeouts are part of the document. Default false. */
  readonly timeouts?: boolean;
  /** The sysctls that are part of the document: all, or those of these names that are there. Default none. */
  readonly sysctls?: 'all' | readonly string[];
  /** The name of a device whose addresses are part of the document. Default none. */
  readonly vips?: string;
  /** Called for each service and setting that can be read, but not asked for, and so is left out. */
  readonly onOmitted?: (omitted: OmittedObject) => void;
}

/** What is in a snapshot, and cannot be in a document. */
export interface OmittedObject {
  /** Where it stands in the snapshot, as a JSON pointer: `/services/3`, `/sysctls/drop_entry`. */
  readonly path: string;
  /** The service, if it is one. */
  readonly service?: ServiceId;
  /** Why a document cannot have it; their paths point into the snapshot. */
  readonly issues: readonly Issue[];
}

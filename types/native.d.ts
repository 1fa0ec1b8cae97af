/**
 * The contract between the two halves of the library: TypeScript is written against it, and a test compares it
 * with what the addon exports. Packed records and joined text cross here, and no words: numbers are the kernel's.
 */
export interface NativeAddon {
  /**
   * Starts a handle. `networkNamespace` is a path, empty for the caller's own, or `null` for a new one that is gone with
   * the handle; `timeout` is in milliseconds.
   */
  open(networkNamespace: string | null, timeout: number): NativeHandle;
  readonly layouts: NativeLayouts;
  /** The number of each command that a request can carry; one that is `withdrawn` is not sent. */
  readonly commands: Readonly<Record<NativeCommand, number>>;
  /** The number of each table that can be read. */
  readonly tables: Readonly<Record<NativeTable, number>>;
  /** The number that says who it was that failed, in the bits of a status above the lowest sixteen. */
  readonly sources: Readonly<Record<NativeSource, number>>;
}

/** One network namespace, open, and the thread that works in it. What is submitted is done in order. */
export interface NativeHandle {
  /** Executes `count` packed requests; resolves with nothing when all of them were done. */
  submit(requests: Uint8Array, count: number, ticket: number): Promise<NativeOutcomes | undefined>;
  /** Reads a table; `request` names the service or the device where the table belongs to one. */
  read(table: number, request: Uint8Array, ticket: number): Promise<NativeBatch | NativeFailure>;
  /** Withdraws request `index` of a ticket. True when it will not be sent; its status is then `cancelled`. */
  cancel(ticket: number, index: number): boolean;
  /** Changes with everything the thread sends or receives: while it works and stands still, the kernel holds it. */
  progress(): number;
  /** Ends the thread and closes its socket; what is left is answered with the status `closed`. */
  close(): Promise<void>;
}

/** How each request of a submission ended, when not all was well. */
export interface NativeOutcomes {
  /** 0, or an errno in the low sixteen bits and a source above. */
  readonly statuses: Int32Array;
  /** The kernel's own words, sparse. */
  readonly messages: readonly (string | undefined)[];
}

/**
 * Records, and the lines of text that belong to them: for each service its address, scheduler and engine; for each
 * destination and each address on a device its address.
 */
export interface NativeBatch {
  readonly status: 0;
  readonly count: number;
  readonly records: Uint8Array;
  readonly text: string;
  /** Gives the next part of a large table; absent on the last. */
  readonly rest?: () => NativeBatch;
  /** Of a stream: nothing comes after this. */
  readonly ended?: true;
}

export interface NativeFailure {
  readonly status: number;
  readonly message: string;
}

/** The records, and the fields of each. A field of type `bytes` can itself be a record. */
export interface NativeLayouts {
  readonly request: NativeLayout<
    'command' | 'flagMask' | 'service' | 'daemon' | 'device' | 'destination' | 'timeouts'
  >;
  readonly service: NativeLayout<
    | 'address'
    | 'fwmark'
    | 'flags'
    | 'timeout'
    | 'netmask'
    | 'family'
    | 'protocol'
    | 'port'
    | 'marked'
    | 'present'
    | 'scheduler'
    | 'engine'
  >;
  readonly destination: NativeLayout<
    | 'address'
    | 'weight'
    | 'upperThreshold'
    | 'lowerThreshold'
    | 'family'
    | 'port'
    | 'tunnelPort'
    | 'tunnelFlags'
    | 'forward'
    | 'tunnelType'
    | 'present'
  >;
  readonly stats: NativeLayout<
    | 'connections'
    | 'packetsIn'
    | 'packetsOut'
    | 'bytesIn'
    | 'bytesOut'
    | 'connectionRate'
    | 'packetInRate'
    | 'packetOutRate'
    | 'byteInRate'
    | 'byteOutRate'
  >;
  readonly observedService: NativeLayout<'service' | 'stats'>;
  readonly observedDestination: NativeLayout<
    'destination' | 'activeConnections' | 'inactiveConnections' | 'persistentConnections' | 'stats'
  >;
  readonly timeouts: NativeLayout<'tcp' | 'tcpFin' | 'udp'>;
  readonly info: NativeLayout<'version' | 'connectionTableSize'>;
  readonly daemon: NativeLayout<
    'group' | 'device' | 'syncId' | 'role' | 'groupFamily' | 'port' | 'maxLength' | 'ttl'
  >;
  readonly device: NativeLayout<
    'address' | 'device' | 'index' | 'flags' | 'family' | 'prefixLength' | 'scope' | 'kind'
  >;
}

export interface NativeLayout<Field extends string> {
  /** Bytes from one record to the next. */
  readonly size: number;
  readonly fields: Readonly<Record<Field, NativeField>>;
}

export interface NativeField {
  readonly type: 'u8' | 'u16' | 'u32' | 'u64' | 'f64' | 'bytes' | 'text';
  /** From the beginning of the record. */
  readonly offset: number;
  readonly length: number;
}

export type NativeCommand =
  | 'addService'
  | 'setService'
  | 'removeService'
  | 'addDestination'
  | 'setDestination'
  | 'removeDestination'
  | 'setTimeouts'
  | 'zero'
  | 'flush'
  | 'createDevice'
  | 'removeDevice'
  | 'addAddress'
  | 'removeAddress'
  | 'withdrawn';

/** `device` is empty where there is none of the name. */
export type NativeTable =
  | 'info'
  | 'timeouts'
  | 'service'
  | 'services'
  | 'destinations'
  | 'device'
  | 'addresses';

export type NativeSource =
  | 'kernel'
  | 'family'
  | 'namespace'
  | 'socket'
  | 'deadline'
  | 'lost'
  | 'malformed'
  | 'interrupted'
  | 'cancelled'
  | 'closed';

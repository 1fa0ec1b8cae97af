/**
 * The contract between the two halves of the library: TypeScript is written against it, and a test compares it
 * with what the addon exports. Packed records and joined text cross here, and no words: numbers are the kernel's.
 */
export interface NativeAddon {
  /**
   * Starts a handle. `networkNamespace` is a path, empty for the caller's own, or `null` for a new one that is gone with
   * the handle; `timeout` is in milliseconds; `transport` is the number of a way to the kernel. Returns why, where the
   * handle's thread cannot be started.
   */
  open(
    networkNamespace: string | null,
    timeout: number,
    transport: number,
  ): NativeHandle | NativeFailure;
  /**
   * Lets go of the memory of records, which nobody looks at any more, without waiting for them to be collected: it is
   * used again for those that are read next. They are empty from then on, where the runtime can do that.
   */
  release(records: Uint8Array): void;
  readonly layouts: NativeLayouts;
  /** The number of each command that a request can carry; one that is `withdrawn` is not sent. */
  readonly commands: Readonly<Record<NativeCommand, number>>;
  /** The number of each table that can be read. */
  readonly tables: Readonly<Record<NativeTable, number>>;
  /** The bits of a record's `present`: which optional attributes the kernel sent. */
  readonly presence: Readonly<Record<NativePresence, number>>;
  /** The number of each way to the kernel. */
  readonly transports: Readonly<Record<NativeTransport, number>>;
  /** The number that says who it was that failed, in the bits of a status above the lowest sixteen. */
  readonly sources: Readonly<Record<NativeSource, number>>;
  /** The number of each folder of text files. */
  readonly places: Readonly<Record<NativePlace, number>>;
}

/** One network namespace, open, and the thread that works in it. What is submitted is done in order. */
export interface NativeHandle {
  /** Executes `count` packed requests; resolves with nothing when all of them were done. */
  submit(requests: Uint8Array, count: number, ticket: number): Promise<NativeOutcomes | undefined>;
  /** Reads a table; `request` names the service or the device where the table belongs to one. */
  read(table: number, request: Uint8Array, ticket: number): Promise<NativeBatch | NativeFailure>;
  /** Reads a text file of the network namespace: a batch of no records. `name` is that of a file in the folder, or its path from there. */
  readFile(place: number, name: string, ticket: number): Promise<NativeBatch | NativeFailure>;
  /** Reads every file of a folder that can be read, in a line each: its name, a tab, its text. */
  readFolder(place: number, ticket: number): Promise<NativeBatch | NativeFailure>;
  /** Writes a line to a text file; resolves with an empty batch. */
  writeFile(
    place: number,
    name: string,
    value: string,
    ticket: number,
  ): Promise<NativeBatch | NativeFailure>;
  /** Reads connections from a file of the kernel's, as `filter`, a packed record, wants them. Nothing is opened yet. */
  connections(path: string, filter: Uint8Array): NativeStream;
  /** A way to the kernel past the thread, by the number of a transport. Nothing is opened yet. */
  directLine(transport: number): NativeDirectLine;
  /** Withdraws request `index` of a ticket. True when it will not be sent; its status is then `cancelled`. */
  cancel(ticket: number, index: number): boolean;
  /** Changes with everything the thread sends or receives: while it works and stands still, the kernel holds it. */
  progress(): number;
  /** Ends the thread and closes its socket; what is left is answered with the status `closed`. */
  close(): Promise<void>;
}

/** Something long that is read part by part. Once collected, or with its handle, it is closed. */
export interface NativeStream {
  /** The next part. It can be empty: the thread does not stay with a long table when others wait. */
  next(ticket: number): Promise<NativeBatch | NativeFailure>;
  /** Lets go of what is read, at once or as soon as the thread gets to see it. */
  close(): void;
}

/**
 * A way to the kernel for the thread that calls, which does the work itself before a call returns, whatever the thread of
 * the handle is at. Its sockets are its own, in the network namespace that the thread of the handle is in by then, where
 * that is not the caller's. Once collected, or with its handle, it is closed; then every status is `closed`.
 */
export interface NativeDirectLine {
  /** Executes `count` packed requests; returns nothing when all of them were done. */
  submit(requests: Uint8Array, count: number): NativeOutcomes | undefined;
  /** Reads a table of IPVS; `request` names the service where the table belongs to one. */
  read(table: number, request: Uint8Array): NativeBatch | NativeFailure;
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
 * destination its address; for each daemon its device and its group; for each address on a device the address; for connections those that their records name by number. A snapshot's are first its services, then their
 * destinations.
 */
export interface NativeBatch {
  readonly status: 0;
  readonly count: number;
  readonly records: Uint8Array;
  readonly text: string;
  /** Gives the next part of a large table; absent on the last. */
  readonly rest?: () => NativeBatch;
  /** Of a snapshot: these records are destinations, not services. */
  readonly destinations?: true;
  /** The table kept changing while it was read, so that something can be missing from it. */
  readonly torn?: true;
  /** Of a stream: nothing comes after this. */
  readonly ended?: true;
  /** Of a stream: how many lines could not be read and were left out, if any. */
  readonly skipped?: number;
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
    | 'destination'
    | 'activeConnections'
    | 'inactiveConnections'
    | 'persistentConnections'
    | 'service'
    | 'stats'
  >;
  readonly timeouts: NativeLayout<'tcp' | 'tcpFin' | 'udp'>;
  readonly info: NativeLayout<'version' | 'connectionTableSize' | 'transport'>;
  readonly daemon: NativeLayout<
    'group' | 'device' | 'syncId' | 'role' | 'groupFamily' | 'port' | 'maxLength' | 'ttl'
  >;
  readonly connection: NativeLayout<
    | 'expires'
    | 'fwmark'
    | 'client'
    | 'virtual'
    | 'destination'
    | 'state'
    | 'engine'
    | 'engineData'
    | 'clientPort'
    | 'virtualPort'
    | 'destinationPort'
    | 'protocol'
    | 'marked'
    | 'template'
    | 'invalidated'
    | 'origin'
  >;
  readonly connectionFilter: NativeLayout<
    | 'service'
    | 'destination'
    | 'client'
    | 'state'
    | 'clientFamily'
    | 'protocol'
    | 'clientPrefix'
    | 'byProtocol'
    | 'byDestinationPort'
    | 'skipTemplates'
    | 'skipOthers'
    | 'unique'
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
  | 'startDaemon'
  | 'stopDaemon'
  | 'setTimeouts'
  | 'zero'
  | 'flush'
  | 'createDevice'
  | 'removeDevice'
  | 'addAddress'
  | 'removeAddress'
  | 'withdrawn';

/** `device` is empty where there is none of the name; in a `bareSnapshot` destinations have no text. */
export type NativeTable =
  | 'info'
  | 'timeouts'
  | 'service'
  | 'services'
  | 'destinations'
  | 'snapshot'
  | 'bareSnapshot'
  | 'daemons'
  | 'surroundings'
  | 'device'
  | 'devices'
  | 'addresses';

export type NativePresence = 'stats64' | 'tunnel' | 'family';

export type NativeTransport = 'auto' | 'netlink' | 'sockopt';

/**
 * `net` is `/proc/net`, `settings` the folder of IPVS's sysctls, `netSettings` the one of all of the network's,
 * `/proc/sys/net`; all of the handle's network namespace.
 */
export type NativePlace = 'net' | 'settings' | 'netSettings';

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
  | 'closed'
  | 'unsupported'
  | 'file'
  | 'thread';

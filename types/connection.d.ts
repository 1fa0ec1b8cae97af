import type { Address } from './address.js';
import type { DestinationRef } from './destination.js';
import type { ObservedProtocol, ServiceRef } from './service.js';

/** An address with a port. */
export interface Endpoint {
  readonly address: Address;
  readonly port: number;
}

/** How far a TCP connection has come, as the kernel names it. */
export type TcpState =
  | 'NONE'
  | 'ESTABLISHED'
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'FIN_WAIT'
  | 'TIME_WAIT'
  | 'CLOSE'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'LISTEN'
  | 'SYNACK';

/** Every UDP flow is in this one state. */
export type UdpState = 'UDP';

/** How far an SCTP association has come, as the kernel names it. */
export type SctpState =
  | 'NONE'
  | 'INIT1'
  | 'INIT'
  | 'C-SENT'
  | 'C-REPLIED'
  | 'C-WAIT'
  | 'COOKIE'
  | 'C-ECHOED'
  | 'ESTABLISHED'
  | 'S-SENT'
  | 'S-RECEIVED'
  | 'S-ACK-SENT'
  | 'REJECTED'
  | 'CLOSED';

/** Of a template: `ASSURED` once one of its connections was established. */
export type TemplateState = 'NONE' | 'ASSURED';

/** The states there are. `ERR!` is what the kernel writes for a protocol without states, such as ESP. */
export type ConnectionState = TcpState | UdpState | SctpState | TemplateState | 'ERR!';

/** A state as it is read. What a newer kernel may invent comes as it is. */
export type ObservedConnectionState = ConnectionState | (string & {});

/** What the connections of a template are for: packets that carry a firewall mark, whatever their address. */
export interface MarkedEnd {
  readonly fwmark: number;
}

/** What a persistence engine tells clients apart by, other than by address. */
export interface EngineData {
  /** The engine's name: `sip`. */
  readonly name: string;
  /**
   * What it saw, of `sip` the Call-ID; at most 255 bytes. Each character, U+0000 to U+00FF, is one byte, so that
   * `Buffer.from(data, 'latin1')` has the bytes; of UTF-8 text they are to be decoded from there.
   */
  readonly data: string;
}

/** An entry of the kernel's connection table: a connection, or the template of a persistent client's connections. */
export interface Connection {
  /** `protocol-0` on the template of a mark service, which is for all of them; `protocol-1` is ICMP. */
  readonly protocol: ObservedProtocol;
  /** Who connected. On a template the port is 0, and of the address there is what the service's netmask leaves. */
  readonly client: Endpoint;
  /**
   * What the client connected to. On the template of a mark service it is the mark, of the client's family; the connections of a
   * mark service have the address and port of their packets. On an invalidated template, kernels up to 7.0 set the port to 65535.
   */
  readonly virtual: Endpoint | MarkedEnd;
  /** Where its packets go. Through a tunnel that can be of the other family. On an invalidated template the port is 65535. */
  readonly destination: Endpoint;
  readonly state: ObservedConnectionState;
  /**
   * Seconds, rounded down, until the kernel forgets the entry unless a packet comes; 0 when that is overdue. From Linux 4.20 on the
   * kernel counts in 32 bits of milliseconds here: what has longer than 4294967 seconds (49 days) to go appears that much shorter.
   */
  readonly expires: number;
  /** It is not a connection itself: it sends a persistent client's next connections to the same destination. */
  readonly template: boolean;
  /**
   * A template whose destination is gone; the client's next connection is scheduled anew. One whose destination has the
   * port 65535 looks the same.
   */
  readonly invalidated: boolean;
  /** Present on a template that an engine made, unless `synced` was asked for. */
  readonly engine?: EngineData;
  /** `local`: its packets come through this director. `sync`: another director told of it. Present when `synced` was asked for. */
  readonly origin?: 'local' | 'sync';
}

/** Which connections to list: those that fit every field. */
export interface ConnectionFilter {
  readonly protocol?: ObservedProtocol;
  /**
   * Those that came to the protocol, address and port of a service; with port 0, to whatever port of the address. Of a mark
   * service there are only the templates: the kernel does not say which mark the packets of a connection carried.
   */
  readonly service?: ServiceRef;
  /** Those of a client, or of a network: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`. */
  readonly client?: string;
  /** Those to a destination; without a port, to the address on any port: `10.1.0.5:8080`, `10.1.0.5`, `[fd02::2]:8080`, `fd02::2`. */
  readonly destination?: DestinationRef;
  /** Those in a state, in any case. */
  readonly state?: ConnectionState | Lowercase<ConnectionState>;
  /** Templates alone, or everything else. Default: both. */
  readonly templates?: 'only' | 'exclude';
  /** Reads `/proc/net/ip_vs_conn_sync`, which has the `origin` and not the `engine`. Default false. */
  readonly synced?: boolean;
  /**
   * Leaves out what has been seen in the same listing: the same protocol, client and virtual address with their ports, and the same
   * engine's data. What has been seen is kept until the end, about 100 bytes for each. Default false.
   */
  readonly unique?: boolean;
}

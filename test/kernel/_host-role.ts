/** An address and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What a server says of itself to whoever calls it. */
export interface Greeting {
  /** Its name. */
  readonly server: string;
  /** Where the call comes from, as the server sees it: `10.9.0.100:10001`. */
  readonly from: string;
  /** Where it arrived. */
  readonly at: string;
}

/** A connection that stays open, or why there is none (`ECONNREFUSED`). */
export type Connected = (Greeting & { readonly connection: number }) | Failure;

export interface Failure {
  readonly error: string;
}

/** The answer to one datagram. */
export type Answer = (Greeting & { readonly bytes: number }) | Failure;

/** What a server answers: connections, single datagrams, or those who want a file by FTP. */
export type Kind = 'connections' | 'datagrams' | 'files';

/** How FTP arranges the connection for data: the client opens it (`PASV`, `EPSV`), or the server does. */
export type DataCommand = 'PASV' | 'EPSV' | 'PORT' | 'EPRT';

/** A file that was fetched. */
export interface Fetched {
  /** Who greeted. */
  readonly server: string;
  /** The client's port of the connection for commands. */
  readonly port: number;
  /** What the server says of the connection for data. */
  readonly data: Greeting;
  readonly bytes: number;
  /** The client's end of it. */
  readonly near: Endpoint;
  /** The other end of it, as the client sees it. */
  readonly far: Endpoint;
}

/** What any machine can be asked: to serve, and to call others. */
export interface HostRole {
  /** Answers, from now on, whoever calls this address and port. */
  serve(kind: Kind, at: Endpoint): Promise<void>;
  /** Opens a connection from one of its addresses, with a port never used before, and is greeted. */
  connect(from: string, to: Endpoint): Promise<Connected>;
  /** Sends this many bytes over a connection; says how many came back unchanged. */
  echo(connection: number, bytes: number): Promise<number>;
  /** Ends a connection, and waits until the other side has ended it, too. */
  hangUp(connection: number): Promise<void>;
  /** Sends datagrams from one new port, each when the one before has been answered. */
  ask(from: string, to: Endpoint, texts: readonly string[]): Promise<Answer[]>;
  /** Fetches a file by FTP. */
  fetch(from: string, to: Endpoint, command: DataCommand): Promise<Fetched>;
}
